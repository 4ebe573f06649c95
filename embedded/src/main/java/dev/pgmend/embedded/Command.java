package dev.pgmend.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Runs a short program and keeps what it printed, both streams together.
final class Command {
  private Command() {}

  /// @param status the exit status; 127 if there is no such program
  record Outcome(int status, String output) {
    boolean succeeded() {
      return status == 0;
    }
  }

  static Outcome run(List<String> command) {
    Process process;
    try {
      process = builder(command, Path.of("/")).redirectErrorStream(true).start();
    } catch (IOException e) {
      return new Outcome(127, String.valueOf(e.getMessage()));
    }
    try (var output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(process.waitFor(), text);
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot read from " + command.getFirst(), e);
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while waiting for " + command.getFirst(), e);
    }
  }

  /// {@return a builder whose process neither reads our input nor sees the caller's PostgreSQL settings}
  static ProcessBuilder builder(List<String> command, Path directory) {
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("LC_"));
    environment.put("LC_ALL", "C");
    builder.redirectInput(new File("/dev/null"));
    return builder;
  }
}
