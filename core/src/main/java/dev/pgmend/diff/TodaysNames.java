package dev.pgmend.diff;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.catalog.Relation;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the backup's columns of one table are called today.
final class TodaysNames {
  private final Map<String, String> renamed = new HashMap<>();

  /// @param columns the columns of the backup
  /// @throws PgmendException of kind USAGE if two columns are to be the same one, or one is to be one that is not there
  TodaysNames(
      List<ColumnPolicy.Rename> renames, QualifiedName table, Relation live, Set<String> columns) {
    for (ColumnPolicy.Rename rename : renames) {
      if (!meant(rename, table, columns)) {
        continue;
      }
      if (live.column(rename.to()).isEmpty()) {
        throw usage(rename, "%s has no column %s".formatted(table, Sql.quote(rename.to())));
      }
      if (renamed.containsKey(rename.from()) || renamed.containsValue(rename.to())) {
        throw usage(rename, "a column is mapped twice");
      }
      renamed.put(rename.from(), rename.to());
    }
  }

  /// {@return whether the renaming is about a column of that table}
  static boolean meant(ColumnPolicy.Rename rename, QualifiedName table, Set<String> columns) {
    return rename.table().filter(name -> !name.equals(table)).isEmpty()
        && columns.contains(rename.from());
  }

  static PgmendException usage(ColumnPolicy.Rename rename, String why) {
    return new PgmendException(
        Kind.USAGE,
        "--map %s=%s: %s".formatted(Sql.quote(rename.from()), Sql.quote(rename.to()), why));
  }

  /// {@return what the column is called where its values wait: its name of today, or one that no column has}
  String staged(String column) {
    String name = renamed.get(column);
    return name != null ? name : renamed.containsValue(column) ? column + " (backup)" : column;
  }

  /// {@return the live column that it is}
  Optional<Relation.Column> of(String column, Relation live) {
    return renamed.containsValue(column) && !renamed.containsKey(column)
        ? Optional.empty()
        : live.column(staged(column));
  }

  /// {@return the names that are others today, in words}
  List<String> words() {
    return renamed.entrySet().stream()
        .map(name ->
            "%s of the backup is %s"
                .formatted(Sql.quote(name.getKey()), Sql.quote(name.getValue())))
        .sorted()
        .toList();
  }
}
