package dev.pgmend.catalog;

import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Optional;

/// A table, view, materialized view, sequence or foreign table of the target.
///
/// @param kind pg_class.relkind
/// @param persistence pg_class.relpersistence
/// @param partition whether it is attached to a partitioned table
/// @param forceRowSecurity whether row security stands in the way of its owner, too, and of this role
/// @param extension the extension that owns it, "" if none
/// @param mine whether the session's role may alter it (owns it, directly or by membership)
/// @param referable whether the session's role may create foreign keys that refer to it
/// @param curtailed whether its owner has taken rights on it away from himself, which he can give back to himself
/// @param readable whether the session's role may SELECT from all of it
/// @param bytes size on disk with indexes and TOAST, 0 for relations without storage
/// @param rows the planner's estimate, -1 where the table was never analysed
public record Relation(
    long oid,
    QualifiedName name,
    char kind,
    String owner,
    char persistence,
    boolean partition,
    boolean rowSecurity,
    boolean forceRowSecurity,
    boolean typed,
    String extension,
    boolean mine,
    boolean readable,
    boolean referable,
    boolean curtailed,
    long bytes,
    long rows,
    List<Column> columns) {
  public Relation {
    columns = List.copyOf(columns);
  }

  /// {@return whether it is an ordinary or a partitioned table}
  public boolean isTable() {
    return kind == 'r' || kind == 'p';
  }

  public boolean isPartitioned() {
    return kind == 'p';
  }

  public Optional<Column> column(String columnName) {
    return columns.stream().filter(column -> column.name().equals(columnName)).findFirst();
  }

  /// A live column.
  ///
  /// @param type format_type() with its modifier
  /// @param generated pg_attribute.attgenerated, 0 for none
  /// @param identity pg_attribute.attidentity, 0 for none
  /// @param defaultExpression the default or generation expression, "" if none
  public record Column(
      String name,
      String type,
      boolean notNull,
      char generated,
      char identity,
      String defaultExpression) {}
}
