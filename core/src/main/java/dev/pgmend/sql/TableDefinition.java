package dev.pgmend.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A CREATE TABLE as pg_dump writes it. Inherited columns, identity and serial defaults, keys and foreign keys are not in
/// it; they have entries of their own.
///
/// @param partitionBy the text after PARTITION BY, for example `RANGE (at)`
/// @param ofType the composite type of a typed table
/// @param partitionOf the parent of a partition in the form that pg_dump 10 wrote at first; later ones attach it
/// @param options the text of WITH, for example `(fillfactor='70')`
public record TableDefinition(
    QualifiedName name,
    boolean unlogged,
    List<ColumnDefinition> columns,
    List<TableConstraint> constraints,
    List<QualifiedName> inherits,
    @Nullable String partitionBy,
    @Nullable QualifiedName ofType,
    @Nullable QualifiedName partitionOf,
    @Nullable String options) {

  public TableDefinition {
    columns = List.copyOf(columns);
    constraints = List.copyOf(constraints);
    inherits = List.copyOf(inherits);
  }

  /// Reads the first statement of a TABLE entry's definition.
  /// @throws SqlSyntaxException if it is not a CREATE TABLE with a column list
  public static TableDefinition parse(String defn) {
    return parse(defn, null);
  }

  /// As [#parse(String)], for text whose unqualified names belong to a schema.
  /// @see Head#of(String, String)
  public static TableDefinition parse(String defn, @Nullable String namespace) {
    List<Statement> statements = Statement.list(defn, namespace);
    if (statements.isEmpty()) {
      throw new SqlSyntaxException("expected a statement", defn, 0);
    }
    return new TableParser(statements.getFirst().cursor()).parse();
  }
}
