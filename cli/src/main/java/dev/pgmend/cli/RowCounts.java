package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// How many rows a plan would change, found out without changing any.
final class RowCounts {
  private RowCounts() {}

  /// {@return the counts of tables that are mended, as the run itself finds them, and of tables that are exchanged}
  static List<RowChange> of(
      Archive archive,
      ConnectionTarget target,
      TableRestore restore,
      Plan plan,
      Progress progress) {
    return plan.modes().containsValue(Mode.MEND)
        ? restore.count(plan, progress)
        : exchanged(archive, target, plan);
  }

  /// {@return for tables that are exchanged: rows that the backup has and the table does not, has otherwise, and does not have}
  static List<RowChange> exchanged(Archive archive, ConnectionTarget target, Plan plan) {
    Set<QualifiedName> tables =
        plan.modes().entrySet().stream()
            .filter(table -> table.getValue() == Mode.SWAP)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    if (tables.isEmpty()) {
      return List.of();
    }
    try (TableDiff diff = TableDiff.open(archive, target)) {
      return diff.compare(new TableDiff.Request(tables, List.of(), 0), _ -> {}, null).stream()
          .map(rows -> new RowChange(rows.table(), rows.missing(), rows.changed(), rows.newer()))
          .toList();
    }
  }
}
