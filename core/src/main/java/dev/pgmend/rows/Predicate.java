package dev.pgmend.rows;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.Collection;
import java.util.List;

/// What a user wrote after `--where`: SQL that can stand in parentheses and cannot leave them.
///
/// @param sql as written
/// @param tokens of the SQL, at least one
record Predicate(String sql, List<Token> tokens) {

  /// {@return the predicate}
  /// @throws PgmendException of kind USAGE if it is empty, or has what ends a statement, a comment or parenthesis that is not
  ///     closed, or one too many
  static Predicate parse(String sql) {
    List<Token> tokens;
    try {
      tokens = Lexer.tokens(sql);
    } catch (SqlSyntaxException e) {
      throw new PgmendException(Kind.USAGE, "--where: " + e.getMessage(), null, e);
    }
    if (tokens.isEmpty()) {
      throw new PgmendException(Kind.USAGE, "--where is empty", "Leave it out to see all rows.");
    }
    StringBuilder open = new StringBuilder();
    for (Token token : tokens) {
      if (token.is("(") || token.is("[")) {
        open.append(token.is("(") ? ')' : ']');
      } else if (token.is(")") || token.is("]")) {
        int last = open.length() - 1;
        if (last < 0 || !token.is(open.substring(last))) {
          throw new PgmendException(
              Kind.USAGE,
              "--where: unbalanced %s at offset %d".formatted(token.value(), token.start()));
        }
        open.setLength(last);
      } else if (token.is(";")) {
        throw new PgmendException(
            Kind.USAGE,
            "--where: a semicolon at offset %d; it takes one expression, not statements"
                .formatted(token.start()));
      } else if (token.kind() == Token.Kind.PARAMETER) {
        throw new PgmendException(
            Kind.USAGE, "--where: there is no parameter %s".formatted(token.value()));
      } else if (token.isName() && token.value().equals("tableoid")) {
        throw new PgmendException(Kind.USAGE, "--where: tableoid is not in a backup");
      }
    }
    if (!open.isEmpty()) {
      throw new PgmendException(Kind.USAGE, "--where: a parenthesis or bracket is not closed");
    }
    return new Predicate(sql, tokens);
  }

  /// {@return the SQL in parentheses; a comment at its end ends with its line}
  String inParentheses() {
    return "(" + sql + "\n)";
  }

  /// {@return the SQL in parentheses, with the table's columns named without its schema}
  String inParenthesesWithout(String schema, String table) {
    StringBuilder shorter = new StringBuilder("(");
    int copied = 0;
    for (int i = 0; i + 3 < tokens.size(); i++) {
      boolean inner = i > 0 && tokens.get(i - 1).is(".");
      if (!inner
          && isName(i, schema)
          && tokens.get(i + 1).is(".")
          && isName(i + 2, table)
          && tokens.get(i + 3).is(".")) {
        shorter.append(sql, copied, tokens.get(i).start());
        copied = tokens.get(i + 2).start();
      }
    }
    return shorter.append(sql, copied, sql.length()).append("\n)").toString();
  }

  private boolean isName(int at, String name) {
    return tokens.get(at).isName() && tokens.get(at).value().equals(name);
  }

  /// {@return those of the names that it may mean; all of them where it may mean a row as a whole}
  ///
  /// @param table the unqualified name of the table
  List<String> mentioned(String table, Collection<String> names) {
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      Token next = i + 1 < tokens.size() ? tokens.get(i + 1) : null;
      Token after = i + 2 < tokens.size() ? tokens.get(i + 2) : null;
      boolean part = next != null && next.is(".") && after != null && after.isName();
      if (token.isName() && token.value().equals(table) && !part) {
        return List.copyOf(names);
      }
    }
    return names.stream().filter(this::names).toList();
  }

  /// {@return whether the name occurs in it as a name}
  boolean names(String name) {
    return tokens.stream().anyMatch(token -> token.isName() && token.value().equals(name));
  }
}
