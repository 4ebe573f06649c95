package dev.pgmend.cli;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.regex.Pattern;

/// Names as people write them: quoted only where they must be, and safe for a terminal. What is printed can be given to pgmend as
/// a table name.
final class Names {
  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

  private Names() {}

  static String of(QualifiedName name) {
    return name.schema().isEmpty() ? of(name.name()) : of(name.schema()) + "." + of(name.name());
  }

  static String of(String name) {
    return PLAIN.matcher(name).matches() || name.isEmpty()
        ? name
        : Printable.of(Sql.quote(name.replace("\0", "")));
  }
}
