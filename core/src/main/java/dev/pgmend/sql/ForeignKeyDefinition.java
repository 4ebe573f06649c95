package dev.pgmend.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A foreign key.
///
/// @param only whether the statement said ALTER TABLE ONLY
/// @param matchType `simple`, `full` or `partial`
/// @param period whether the last column of either side is a PERIOD
/// @param body the text from FOREIGN KEY on, without NOT VALID, which can be appended to it
public record ForeignKeyDefinition(
    QualifiedName table,
    boolean only,
    String name,
    List<String> columns,
    QualifiedName references,
    List<String> referencedColumns,
    String matchType,
    boolean notValid,
    boolean notEnforced,
    boolean period,
    String body) {

  public ForeignKeyDefinition {
    columns = List.copyOf(columns);
    referencedColumns = List.copyOf(referencedColumns);
  }

  /// Reads `ALTER TABLE [ONLY] t ADD CONSTRAINT n FOREIGN KEY …`.
  /// @throws SqlSyntaxException if it is not exactly that
  public static ForeignKeyDefinition parse(String statement) {
    return parse(statement, null);
  }

  /// As [#parse(String)], for text whose unqualified names belong to a schema.
  /// @see Head#of(String, String)
  public static ForeignKeyDefinition parse(String statement, @Nullable String namespace) {
    Cursor cursor = Statement.single(statement, namespace).cursor();
    cursor.expect("alter");
    cursor.accept("foreign");
    cursor.expect("table");
    boolean only = cursor.accept("only");
    QualifiedName table = cursor.qualifiedName();
    cursor.expect("add", "constraint");
    return read(cursor, table, only, cursor.name());
  }

  /// Reads what pg_get_constraintdef returns for a foreign key of that table and name.
  public static ForeignKeyDefinition parseBody(
      QualifiedName table, boolean only, String name, String body) {
    return read(Statement.single(body, null).cursor(), table, only, name);
  }

  /// {@return whether the other key says the same, names aside}
  public boolean means(ForeignKeyDefinition other) {
    return body.equals(other.body)
        && notValid == other.notValid
        && notEnforced == other.notEnforced;
  }

  /// {@return the same key where columns have other names}
  ///
  /// @param names for each table from the columns' names here to their others
  public ForeignKeyDefinition renamed(Map<QualifiedName, Map<String, String>> names) {
    Map<String, String> mine = names.getOrDefault(table, Map.of());
    Map<String, String> theirs = names.getOrDefault(references, Map.of());
    if (mine.isEmpty() && theirs.isEmpty()) {
      return this;
    }
    StringBuilder text = new StringBuilder();
    int list = 0;
    int depth = 0;
    int end = 0;
    for (Token token : Lexer.tokens(body)) {
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
      list += token.is("(") ? 1 : 0;
      // The second list is of the other table's columns; a third one is that of SET NULL.
      String other = depth == 0 ? null : (list == 2 ? theirs : mine).get(token.value());
      if (token.isName() && other != null) {
        text.append(body, end, token.start())
            .append(other.matches("[a-z_][a-z0-9_]*") ? other : Sql.quote(other));
        end = token.end();
      }
    }
    text.append(body.substring(end));
    return parseBody(table, only, name, text + (notValid ? " NOT VALID" : ""));
  }

  /// {@return the statement that adds this key without checking the rows that are there}
  public String addNotValid() {
    return "ALTER TABLE "
        + (only ? "ONLY " : "")
        + table.sql()
        + " ADD CONSTRAINT "
        + Sql.quote(name)
        + " "
        + body
        + " NOT VALID";
  }

  private static ForeignKeyDefinition read(
      Cursor cursor, QualifiedName table, boolean only, String name) {
    int start = cursor.position();
    cursor.expect("foreign", "key");
    List<String> columns = new ArrayList<>();
    boolean period = columnList(cursor, columns);
    cursor.expect("references");
    QualifiedName references = cursor.qualifiedName();
    List<String> referenced = new ArrayList<>();
    if (cursor.at("(")) {
      columnList(cursor, referenced);
    }
    String matchType = "simple";
    boolean notEnforced = false;
    boolean notValid = false;
    int end = cursor.position();
    Set<String> attributes = Set.of("match", "not", ",");
    while (cursor.skipTo(attributes)) {
      if (cursor.accept("match")) {
        matchType = cursor.name();
      } else if (cursor.at("not", "valid")) {
        end = cursor.position();
        notValid = true;
        cursor.expect("not", "valid");
        cursor.expectEnd();
      } else if (cursor.accept("not", "enforced")) {
        notEnforced = true;
      } else if (!cursor.accept("not", "deferrable")) {
        throw cursor.error("unexpected text in a foreign key");
      }
    }
    end = notValid ? end : cursor.position();
    return new ForeignKeyDefinition(
        table,
        only,
        name,
        columns,
        references,
        referenced,
        matchType,
        notValid,
        notEnforced,
        period,
        cursor.text(start, end));
  }

  /// Reads `(a, b, PERIOD c)`; true if the last one is a period.
  private static boolean columnList(Cursor cursor, List<String> columns) {
    boolean period = false;
    cursor.expect("(");
    do {
      Token after = cursor.at(1);
      // "period" is also a column's name
      period = cursor.at("period") && after != null && after.isName();
      if (period) {
        cursor.next();
      }
      columns.add(cursor.name());
    } while (cursor.accept(","));
    cursor.expect(")");
    return period;
  }
}
