package dev.pgmend.restore;

import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// PostgreSQL's client programs.
public final class Client {
  private Client() {}

  /// Dumps a database.
  ///
  /// @param piped whether pg_dump writes to its output instead of the file, and so without offsets
  public static void dump(Database database, Path file, boolean piped, List<String> options) {
    List<String> command = new ArrayList<>(List.of("pg_dump", "-d", database.uri()));
    command.addAll(options);
    if (!piped) {
      command.addAll(List.of("-f", file.toString()));
    }
    run(piped ? Optional.of(file) : Optional.empty(), command);
  }

  /// Runs a program, which must succeed.
  public static void run(String... command) {
    run(Optional.empty(), Arrays.asList(command));
  }

  private static void run(Optional<Path> output, List<String> command) {
    List<String> words = new ArrayList<>(command);
    words.set(0, Servers.clientTool(command.getFirst()).toString());
    try {
      Path errors = Files.createTempFile("client-", ".err");
      Process process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
      try (InputStream out = process.getInputStream()) {
        if (output.isPresent()) {
          Files.copy(out, output.get());
        } else {
          out.readAllBytes();
        }
      }
      int status = process.waitFor();
      String text = Files.readString(errors);
      Files.delete(errors);
      if (status != 0) {
        throw new AssertionError("%s: %s".formatted(command, text));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /// Deletes a directory.
  public static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
