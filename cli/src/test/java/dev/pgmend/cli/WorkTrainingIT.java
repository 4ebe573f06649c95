package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// What `./pgmend` does when the first command that talks to a server is run after a build.
@Timeout(value = 240, threadMode = ThreadMode.SEPARATE_THREAD)
class WorkTrainingIT {
  private static final Path CACHE = JsonTest.root().resolve("cli/target/pgmend-work.aot");
  private static final int REFUSED = 4;

  @TempDir private static Path temporary = Path.of("");

  private static Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                "setsid",
                "env",
                "--default-signal=INT",
                "./pgmend",
                "status",
                "--to",
                "postgresql://127.0.0.1:1/none")
            .directory(JsonTest.root().toFile())
            .redirectErrorStream(true);
    // None of its business: with these, nothing could be connected to.
    builder.environment().put("TMPDIR", temporary.toString());
    builder.environment().put("PGSSLMODE", "verify-full");
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /// The server's directory is in one that is only there for the training.
  private static boolean serverIsThere() throws IOException {
    try (Stream<Path> files =
        Files.find(temporary, 2, (path, _) -> name(path).startsWith("pgmend-postgres-"))) {
      return files.findAny().isPresent();
    } catch (UncheckedIOException e) {
      return false; // something went away meanwhile
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  @Test
  void leavesNothingBehindButTheCache() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/setsid")), "setsid is needed");
    // Root's servers run under another account.
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.deleteIfExists(CACHE);

    Process interrupted = start();
    while (!serverIsThere()) {
      assertThat(interrupted.isAlive()).isTrue();
      Postgres.pause(10);
    }
    signalAll(interrupted);
    assertThat(interrupted.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(interrupted.exitValue()).isEqualTo(130);
    assertThat(temporary).isEmptyDirectory();
    assertThat(CACHE).doesNotExist();

    Process complete = start();
    String said = new String(complete.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).contains("preparing pgmend").contains("cannot connect");
    assertThat(complete.waitFor()).isEqualTo(REFUSED);
    assertThat(temporary).isEmptyDirectory();
    assertThat(CACHE).isNotEmptyFile();
  }

  /// As a terminal does.
  private static void signalAll(Process process) throws IOException, InterruptedException {
    String kill = "kill -s INT -- -%d".formatted(process.pid());
    List<String> command = List.of("/bin/sh", "-c", kill);
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
