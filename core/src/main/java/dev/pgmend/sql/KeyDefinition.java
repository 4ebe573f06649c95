package dev.pgmend.sql;

import java.util.Optional;

/// A primary key or unique constraint, which can be had in two steps: its index is built under a lock that lets other indexes of
/// the table be built at the same time, and then becomes the constraint's. What comes out is the same. Source: PostgreSQL's
/// documentation, ALTER TABLE, `ADD table_constraint_using_index`.
///
/// @param kind `PRIMARY KEY` or `UNIQUE`
/// @param nulls `NULLS NOT DISTINCT`, or "" as are all that follow where they are not said
/// @param columns the list in its parentheses
/// @param include `INCLUDE (…)`
/// @param storage `WITH (…)`
/// @param tablespace `TABLESPACE …`
/// @param deferral `DEFERRABLE …`
public record KeyDefinition(
    QualifiedName table,
    String name,
    String kind,
    String nulls,
    String columns,
    String include,
    String storage,
    String tablespace,
    String deferral) {

  /// Reads `ALTER TABLE [ONLY] t ADD CONSTRAINT n { PRIMARY KEY | UNIQUE } …`.
  ///
  /// {@return the key; empty if the statement is anything else, or a key of another kind, as one WITHOUT OVERLAPS is}
  public static Optional<KeyDefinition> of(String statement) {
    Cursor cursor = Statement.single(statement, null).cursor();
    if (!cursor.accept("alter", "table")) {
      return Optional.empty();
    }
    cursor.accept("only");
    QualifiedName table = cursor.qualifiedName();
    if (!cursor.accept("add", "constraint")) {
      return Optional.empty();
    }
    String name = cursor.name();
    String kind =
        cursor.accept("primary", "key") ? "PRIMARY KEY" : cursor.accept("unique") ? "UNIQUE" : "";
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    String nulls = cursor.accept("nulls", "not", "distinct") ? "NULLS NOT DISTINCT" : "";
    if (!cursor.at("(")) {
      return Optional.empty();
    }
    String columns = group(cursor);
    String include = cursor.accept("include") ? "INCLUDE " + group(cursor) : "";
    String storage = cursor.accept("with") ? "WITH " + group(cursor) : "";
    String tablespace =
        cursor.accept("using", "index", "tablespace")
            ? "TABLESPACE " + Sql.quote(cursor.name())
            : "";
    int start = cursor.position();
    while (cursor.acceptAny("not", "deferrable", "initially", "deferred", "immediate")) {}
    String deferral = cursor.text(start, cursor.position());
    if (!cursor.atEnd() || containsWord(columns, "overlaps")) {
      return Optional.empty();
    }
    return Optional.of(
        new KeyDefinition(
            table, name, kind, nulls, columns, include, storage, tablespace, deferral));
  }

  /// {@return whether it is the primary key}
  public boolean isPrimary() {
    return kind.equals("PRIMARY KEY");
  }

  /// {@return the statement that builds the key's index}
  public String index() {
    return "CREATE UNIQUE INDEX %s ON %s %s%s"
        .formatted(
            Sql.quote(name), table.sql(), columns, following(include, nulls, storage, tablespace));
  }

  /// {@return the statement that makes the constraint of that index}
  public String constraint() {
    return "ALTER TABLE ONLY %s ADD CONSTRAINT %s %s USING INDEX %s%s"
        .formatted(table.sql(), Sql.quote(name), kind, Sql.quote(name), following(deferral));
  }

  private static String following(String... parts) {
    StringBuilder text = new StringBuilder();
    for (String part : parts) {
      text.append(part.isEmpty() ? "" : " " + part);
    }
    return text.toString();
  }

  private static boolean containsWord(String group, String word) {
    return Lexer.tokens(group).stream().anyMatch(token -> token.isWord(word));
  }

  private static String group(Cursor cursor) {
    if (!cursor.at("(")) {
      throw cursor.error("expected a list");
    }
    int start = cursor.position();
    cursor.skipGroup();
    return cursor.text(start, cursor.position());
  }
}
