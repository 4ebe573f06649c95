package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Named connections in `~/.pg_service.conf`, or the file that PGSERVICEFILE names, and in the system's `pg_service.conf`. Source:
/// PostgreSQL documentation, "The Connection Service File".
final class ServiceFile {
  private ServiceFile() {}

  /// {@return what a service says}
  /// @throws PgmendException of kind USAGE if no file defines it
  static Map<String, String> service(String name, Map<String, String> environment) {
    List<Path> files = files(environment);
    for (Path file : files) {
      if (Files.isRegularFile(file)) {
        Optional<Map<String, String>> found = section(file, name);
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw new PgmendException(
        Kind.USAGE,
        "there is no service \"%s\" in %s"
            .formatted(name, String.join(", ", files.stream().map(Path::toString).toList())),
        "PGSERVICEFILE names another file.");
  }

  private static List<Path> files(Map<String, String> environment) {
    List<Path> files = new ArrayList<>();
    String own = environment.get("PGSERVICEFILE");
    String home = environment.get("HOME");
    if (own != null && !own.isEmpty()) {
      files.add(Path.of(own));
    } else if (home != null && !home.isEmpty()) {
      files.add(Path.of(home, ".pg_service.conf"));
    }
    files.add(
        Path.of(
            environment.getOrDefault("PGSYSCONFDIR", "/etc/postgresql-common"), "pg_service.conf"));
    return files;
  }

  private static Optional<Map<String, String>> section(Path file, String name) {
    Map<String, String> found = new LinkedHashMap<>();
    boolean within = false;
    boolean seen = false;
    int number = 0;
    for (String raw : lines(file)) {
      number++;
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        if (seen) {
          break;
        }
        within = line.substring(1, line.length() - 1).equals(name);
        seen = within;
      } else if (within) {
        int equals = line.indexOf('=');
        String key = equals < 0 ? line : line.substring(0, equals).strip();
        if (equals < 0 || key.equals("service") || !ConnectionParameters.KNOWN.contains(key)) {
          throw new PgmendException(
              Kind.USAGE,
              "%s:%d: %s"
                  .formatted(
                      file,
                      number,
                      equals < 0
                          ? "a line key=value is expected here"
                          : "connection parameter \"%s\" is not supported in a service"
                              .formatted(key)));
        }
        found.put(key, line.substring(equals + 1).strip());
      }
    }
    return seen ? Optional.of(found) : Optional.empty();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.USAGE, "cannot read service file %s: %s".formatted(file, e.getMessage()), null, e);
    }
  }
}
