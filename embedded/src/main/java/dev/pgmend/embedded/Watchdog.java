package dev.pgmend.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A little shell that outlives this process. It waits for our end of a pipe to close; if that happens
/// without a farewell (kill -9), it stops the server and deletes its directory.
final class Watchdog implements AutoCloseable {
  // postmaster.pid is the server's own word for which process it is, and is gone when the server
  // is.
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      read -r farewell && exit 0
      pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
      case $pid in
        *[!0-9]* | '') ;; # initdb's own, if any: it ends when its directory is gone
        *) kill -QUIT "$pid" 2>/dev/null ;;
      esac
      for i in 1 2 3 4 5; do
        [ -e "$1/data/postmaster.pid" ] || break
        sleep 1
      done
      for i in 1 2 3 4 5; do
        rm -rf "$1" 2>/dev/null
        [ -e "$1" ] || break
        sleep 1
      done
      """;

  private final Process process;

  Watchdog(DataDirectory directory) {
    try {
      process =
          Command.builder(
                  List.of("/bin/sh", "-c", SCRIPT, "pgmend-watchdog", directory.home().toString()),
                  directory.home())
              .redirectInput(Redirect.PIPE)
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot run /bin/sh", e);
    }
  }

  @Override
  public void close() {
    try (OutputStream out = process.getOutputStream()) {
      out.write("farewell\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException _) {
      process.destroyForcibly(); // it is gone already, or about to be
    }
  }
}
