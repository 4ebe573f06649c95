package dev.pgmend.plan;

import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.List;
import java.util.Optional;

/// A condition on rows that the user has written in SQL. It is put between parentheses and read by the server, so it must not be able
/// to leave them.
final class RowCondition {
  private RowCondition() {}

  /// {@return what is wrong with the text, empty if it stays within the parentheses that it is put into}
  static Optional<String> fault(String text) {
    List<Token> tokens;
    try {
      tokens = Lexer.tokens(text);
    } catch (SqlSyntaxException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    int depth = 0;
    for (Token token : tokens) {
      if (token.is(";")) {
        return Optional.of("it holds a semicolon, but must be one expression");
      }
      if (token.kind() == Token.Kind.PARAMETER) {
        return Optional.of("it holds the parameter " + token.value());
      }
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
      if (depth < 0) {
        break;
      }
    }
    if (tokens.isEmpty()) {
      return Optional.of("it is empty");
    }
    return depth == 0 ? Optional.empty() : Optional.of("its parentheses are not paired");
  }

  /// {@return what to write after FROM for the rows of a relation for which the condition holds}
  ///
  /// The condition sees these columns and nothing else, under the name of the table.
  static String rows(
      String relation, QualifiedName table, List<String> columns, String where, String alias) {
    if (where.isEmpty()) {
      return relation + " AS " + alias;
    }
    return "(SELECT * FROM (SELECT %s FROM %s) AS %s WHERE (\n%s\n)) AS %s"
        .formatted(
            String.join(", ", columns.stream().map(Sql::quote).toList()),
            relation,
            Sql.quote(table.name()),
            where,
            alias);
  }
}
