package dev.pgmend.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The packaged program, run as a user runs it.
final class Program {
  private static boolean prepared;

  private Program() {}

  /// How it ended, and what it wrote to either stream.
  record Run(int exitCode, String output) {}

  /// Runs the program with nothing on its standard input.
  static Run pgmend(String... arguments) throws IOException, InterruptedException {
    prepare();
    return run(arguments);
  }

  /// Lets a first command fail, once, so that none that counts has to wait while `./pgmend` is trained after a build.
  static synchronized void prepare() throws IOException, InterruptedException {
    if (!prepared) {
      prepared = true;
      run("status", "--to", "postgresql://127.0.0.1:1/none");
    }
  }

  private static Run run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add("./pgmend");
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(JsonTest.root().toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }
}
