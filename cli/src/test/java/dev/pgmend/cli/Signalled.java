package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The packaged program while it runs, in a process group of its own, as in a terminal; signals find it as they find a program that was
/// started there, whatever the test's own process ignores.
final class Signalled implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Process process;
  private final Path output;
  private final Path errors;

  private Signalled(Process process, Path output, Path errors) {
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /// How it ended.
  ///
  /// @param took how long after the signal
  record End(int exitCode, Duration took, String output, String errors) {}

  /// @param directory where its output is kept
  static Signalled start(Path directory, List<String> arguments)
      throws IOException, InterruptedException {
    Program.prepare();
    List<String> command =
        new ArrayList<>(List.of("setsid", "env", "--default-signal=INT,TERM", "./pgmend"));
    command.addAll(arguments);
    Path output = Files.createTempFile(directory, "output", "");
    Path errors = Files.createTempFile(directory, "errors", "");
    Process process =
        new ProcessBuilder(command)
            .directory(JsonTest.root().toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    process.getOutputStream().close();
    return new Signalled(process, output, errors);
  }

  /// Waits until it has said something on standard error.
  void awaitSaid(String words) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.readString(errors).contains(words)) {
      assertThat(process.isAlive() && System.nanoTime() < deadline)
          .as("it says %s; so far: %s", words, Files.readString(errors))
          .isTrue();
      Postgres.pause(10);
    }
  }

  /// Sends a signal and waits for the end.
  ///
  /// @param all to all processes of its group, as a terminal does
  End end(String signal, boolean all) throws IOException, InterruptedException {
    long start = System.nanoTime();
    String kill = "kill -s %s -- %s%d".formatted(signal, all ? "-" : "", process.pid());
    assertThat(new ProcessBuilder("/bin/sh", "-c", kill).inheritIO().start().waitFor()).isZero();
    boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(ended).as("ended within %s", PATIENCE).isTrue();
    return new End(process.exitValue(), took, Files.readString(output), Files.readString(errors));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
