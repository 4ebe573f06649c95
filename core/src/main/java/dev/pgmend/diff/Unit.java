package dev.pgmend.diff;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;

/// A table whose rows are compared as one: an ordinary table for itself, a partitioned one with its partitions, for rows may have
/// moved between them.
///
/// @param data the backup's data entries of it
record Unit(QualifiedName table, List<Entry> data) {
  /// {@return the columns that the backup has values of}
  SequencedSet<String> columns() {
    SequencedSet<String> columns = new LinkedHashSet<>();
    data.forEach(entry -> columns.addAll(EntrySql.copyTarget(entry).columns()));
    return columns;
  }

  /// {@return the units of a closure, in the archive's order}
  static List<Unit> of(Closure closure, Snapshot target) {
    Set<QualifiedName> tables = closure.tableNames();
    Map<QualifiedName, QualifiedName> parents = parents(closure, target);
    Map<QualifiedName, List<Entry>> data = new LinkedHashMap<>();
    for (Entry table : closure.tables()) {
      closure
          .data(table)
          .filter(rows -> rows.copyStmt() != null)
          .ifPresent(rows -> {
            QualifiedName unit = Entries.name(table);
            QualifiedName into = EntrySql.copyTarget(rows).table();
            unit = tables.contains(into) ? into : unit;
            while (parents.containsKey(unit) && tables.contains(parents.get(unit))) {
              unit = parents.get(unit);
            }
            data.computeIfAbsent(unit, _ -> new ArrayList<>()).add(rows);
          });
    }
    return data.entrySet().stream()
        .map(entry -> new Unit(entry.getKey(), List.copyOf(entry.getValue())))
        .toList();
  }

  /// {@return the partitioned table that each partition belongs to: today's, or the backup's where the partition is gone}
  private static Map<QualifiedName, QualifiedName> parents(Closure closure, Snapshot target) {
    Map<QualifiedName, QualifiedName> parents = new HashMap<>();
    Map<QualifiedName, QualifiedName> gone = new HashMap<>();
    for (Entry entry : closure.belongings()) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach
          && target.relation(attach.partition()).isEmpty()) {
        gone.put(attach.partition(), attach.parent());
      }
    }
    for (QualifiedName partition : gone.keySet()) {
      QualifiedName top = partition;
      for (int i = 0; i < gone.size() && gone.containsKey(top); i++) {
        top = gone.get(top);
      }
      if (target.relation(top).isPresent()) {
        parents.put(partition, gone.get(partition));
      }
    }
    for (Snapshot.Inheritance link : target.inheritance()) {
      if (link.isPartition()) {
        parents.put(link.child(), link.parent());
      }
    }
    return parents;
  }
}
