package dev.pgmend.sql;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The name of a relation or another object that lives in a schema, as the catalog has it: unquoted and case-sensitive.
public record QualifiedName(String schema, String name) {

  /// Reads `s.n` the way regclass input does: unquoted parts are folded to lower case.
  /// @throws SqlSyntaxException unless the text is exactly one name with its schema
  public static QualifiedName parse(String text) {
    Cursor cursor = new Cursor(text, Lexer.tokens(text), null);
    QualifiedName name = cursor.qualifiedName();
    cursor.expectEnd();
    return name;
  }

  /// As [#parse], but empty if the text is anything else; an unqualified name belongs to the namespace.
  public static Optional<QualifiedName> find(String text, @Nullable String namespace) {
    try {
      Cursor cursor = new Cursor(text, Lexer.tokens(text), namespace);
      QualifiedName name = cursor.qualifiedName();
      return cursor.atEnd() ? Optional.of(name) : Optional.empty();
    } catch (SqlSyntaxException _) {
      return Optional.empty();
    }
  }

  /// {@return `"schema"."name"`, always quoted}
  public String sql() {
    return Sql.quote(schema) + "." + Sql.quote(name);
  }

  @Override
  public String toString() {
    return sql();
  }
}
