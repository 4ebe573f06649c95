package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A pattern of names as psql and pg_dump read it: `*` and `?` outside double quotes, regular expressions' other notation as
/// well, everything unquoted folded to lower case. A pattern without a schema is looked for in every schema.
///
/// Source: fe_utils/string_utils.c, `patternToSQLRegex`; psql's documentation, "Patterns".
final class NamePattern {
  private static final String SPECIAL = "*?|+()[]{}";

  private final List<Pattern> parts;

  private NamePattern(List<Pattern> parts) {
    this.parts = parts;
  }

  /// {@return whether the text has anything of a pattern outside quotes; without, it is a name}
  static boolean is(String text) {
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && SPECIAL.indexOf(c) >= 0) {
        return true;
      }
    }
    return false;
  }

  /// Reads a pattern for schema and name, or for one of them alone.
  ///
  /// @throws PgmendException of kind USAGE if it has more than two parts, an open quote or bad notation
  static NamePattern parse(String text) {
    List<Pattern> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          part.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (quoted) {
        if ("\\|*+?()[]{}.^$".indexOf(c) >= 0) {
          part.append('\\');
        }
        part.append(c);
      } else {
        switch (c) {
          case '.' -> {
            parts.add(compile(part, text));
            part.setLength(0);
          }
          case '*' -> part.append(".*");
          case '?' -> part.append('.');
          case '$' -> part.append("\\$");
          default -> part.append(Character.toLowerCase(c));
        }
      }
    }
    parts.add(compile(part, text));
    if (quoted || parts.size() > 2) {
      throw new PgmendException(
          Kind.USAGE,
          "\"%s\" is not a pattern of table names".formatted(text),
          "Write schema.table with * and ?; put names with other characters in double quotes.");
    }
    return new NamePattern(parts);
  }

  private static Pattern compile(StringBuilder part, String text) {
    try {
      return Pattern.compile(part.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new PgmendException(
          Kind.USAGE,
          "\"%s\" is not a pattern of table names: %s".formatted(text, e.getDescription()),
          "Put names with other characters than letters, digits and _ in double quotes.",
          e);
    }
  }

  /// {@return whether the pattern is one of schemas alone, or the last part's name matches, and the schema's where it is given}
  boolean matches(QualifiedName name) {
    return parts.getLast().matcher(name.name()).matches()
        && (parts.size() == 1 || parts.getFirst().matcher(name.schema()).matches());
  }

  /// {@return whether a pattern of one part matches the schema}
  boolean matchesSchema(String schema) {
    return parts.size() == 1 && parts.getFirst().matcher(schema).matches();
  }
}
