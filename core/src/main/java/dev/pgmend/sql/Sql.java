package dev.pgmend.sql;

import dev.pgmend.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Writing SQL text, and taking it apart into statements.
public final class Sql {
  private Sql() {}

  /// {@return the identifier in double quotes, always}
  public static String quote(String identifier) {
    if (identifier.isEmpty() || identifier.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not an identifier: \"" + identifier + "\"");
    }
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /// {@return the value as a string literal that means the same whatever standard_conforming_strings is}
  public static String literal(String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a string cannot hold the character 0");
    }
    String quoted = '\'' + value.replace("'", "''") + '\'';
    return value.indexOf('\\') < 0 ? quoted : 'E' + quoted.replace("\\", "\\\\");
  }

  /// {@return the statements of the text, without their semicolons and without the comments around them}
  /// Semicolons in parentheses (rules with several actions) and in `BEGIN ATOMIC … END` bodies separate nothing.
  public static List<String> split(String text) {
    return Statement.list(text, null).stream().map(Statement::text).toList();
  }

  /// {@return text written with standard_conforming_strings off, as it must read with it on}
  /// A dump says which it is in its STDSTRINGS entry.
  public static String standardStrings(String text) {
    StringBuilder standard = new StringBuilder(text.length());
    int copied = 0;
    for (Token token : Lexer.tokens(text, false)) {
      String written = text.substring(token.start(), token.end());
      boolean plain = token.kind() == Kind.STRING && written.startsWith("'");
      if (plain && written.indexOf('\\') >= 0) {
        standard.append(text, copied, token.start()).append(literal(token.value()));
        copied = token.end();
      }
    }
    return standard.append(text, copied, text.length()).toString();
  }

  /// {@return the text as pg_dump writes it without `--quote-all-identifiers`: names without quotes where they need none}
  public static String minimallyQuoted(String text) {
    if (text.indexOf('"') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    int copied = 0;
    for (Token token : Lexer.tokens(text)) {
      boolean quoted = token.kind() == Kind.QUOTED && text.charAt(token.start()) == '"';
      if (quoted && Keywords.needsNoQuotes(token.value())) {
        plain.append(text, copied, token.start()).append(token.value());
        copied = token.end();
      }
    }
    return plain.append(text, copied, text.length()).toString();
  }

  /// {@return the text with every run of white space made one blank, for comparing and for showing}
  public static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  /// Reads a list of names with commas between, as it would stand in SQL.
  ///
  /// @throws SqlSyntaxException if it is none
  public static List<String> names(String text) {
    List<String> names = new ArrayList<>();
    boolean name = true;
    for (Token token : Lexer.tokens(text)) {
      if (name ? !token.isName() : !token.is(",")) {
        throw new SqlSyntaxException("expected a name", text, token.start());
      }
      if (name) {
        names.add(token.value());
      }
      name = !name;
    }
    if (name && !names.isEmpty()) {
      throw new SqlSyntaxException("expected a name", text, text.length());
    }
    return names;
  }
}
