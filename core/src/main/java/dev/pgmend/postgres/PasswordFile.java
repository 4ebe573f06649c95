package dev.pgmend.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Passwords in `~/.pgpass`, or in the file that PGPASSFILE or passfile= names. Source: PostgreSQL documentation, "The Password File".
///
/// @param lines none if the file is not there, or not to be used
/// @param ignored why it is not used, in words; empty if it is, or is not there
record PasswordFile(List<String> lines, Optional<String> ignored) {
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  /// Reads a file; one that others could read is passed over, as libpq does.
  static PasswordFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      return new PasswordFile(List.of(), Optional.empty());
    }
    try {
      if (Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains)) {
        return new PasswordFile(
            List.of(),
            Optional.of(
                "password file %s is not used, for others may read it: chmod 600 %s"
                    .formatted(file, file)));
      }
      return new PasswordFile(Files.readAllLines(file, StandardCharsets.UTF_8), Optional.empty());
    } catch (IOException | UnsupportedOperationException e) {
      return new PasswordFile(
          List.of(), Optional.of("password file %s cannot be read".formatted(file)));
    }
  }

  /// {@return the password of the first line that fits}
  Optional<String> password(String host, String port, String database, String user) {
    for (String line : lines) {
      if (line.startsWith("#")) {
        continue;
      }
      List<String> fields = fields(line);
      if (fields.size() >= 5
          && fits(fields.get(0), host)
          && fits(fields.get(1), port)
          && fits(fields.get(2), database)
          && fits(fields.get(3), user)) {
        return Optional.of(fields.get(4));
      }
    }
    return Optional.empty();
  }

  private static boolean fits(String pattern, String value) {
    return pattern.equals("*") || pattern.equals(value);
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && i + 1 < line.length()) {
        field.append(line.charAt(++i));
      } else if (c == ':' && fields.size() < 4) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }

  /// {@return a value as such a file writes it}
  static String escaped(String value) {
    return value.replace("\\", "\\\\").replace(":", "\\:");
  }
}
