package dev.pgmend.sql;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The parts of a CREATE TYPE … AS (…) or CREATE DOMAIN that can go and come without it.
public final class TypeParts {
  private TypeParts() {}

  /// {@return the attributes of a composite type, in order, with their types and collations}
  /// @throws SqlSyntaxException if the text is not a CREATE TYPE with a list of attributes
  public static Map<String, String> attributes(String definition) {
    int open = definition.indexOf('(', definition.indexOf(" AS "));
    if (open < 0) {
      throw new SqlSyntaxException("expected AS (", definition, 0);
    }
    // A list of attributes reads like the columns of a table.
    TableDefinition table = TableDefinition.parse("CREATE TABLE t.t " + definition.substring(open));
    Map<String, String> attributes = new LinkedHashMap<>();
    for (ColumnDefinition column : table.columns()) {
      attributes.put(
          column.name(),
          column.collation() == null
              ? column.type()
              : column.type() + " COLLATE " + column.collation());
    }
    return attributes;
  }

  /// {@return the named checks of a domain: `CHECK (…)` by name}
  public static Map<String, String> checks(String definition) {
    List<Token> tokens = Lexer.tokens(definition);
    Map<String, String> checks = new LinkedHashMap<>();
    for (int i = 0; i + 3 < tokens.size(); i++) {
      if (tokens.get(i).isWord("constraint") && tokens.get(i + 2).isWord("check")) {
        int end = close(tokens, i + 3);
        checks.put(
            tokens.get(i + 1).value(),
            definition.substring(tokens.get(i + 2).start(), tokens.get(end).end()));
        i = end;
      }
    }
    return checks;
  }

  private static int close(List<Token> tokens, int open) {
    int depth = 0;
    for (int i = open; i < tokens.size(); i++) {
      depth += tokens.get(i).opens() ? 1 : tokens.get(i).closes() ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    return tokens.size() - 1;
  }

  /// {@return whether a domain has a default}
  public static boolean hasDefault(@Nullable String definition) {
    return definition != null
        && Lexer.tokens(definition).stream().anyMatch(token -> token.isWord("default"));
  }
}
