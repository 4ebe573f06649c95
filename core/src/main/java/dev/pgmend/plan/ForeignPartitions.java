package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Foreign tables that are partitions or inheritance children of restored tables. Their rows are another server's and in no backup.
final class ForeignPartitions {
  private ForeignPartitions() {}

  /// {@return those that the backup attaches to the tables}
  static Set<QualifiedName> names(Closure closure) {
    Set<QualifiedName> parents = closure.tableNames();
    Set<QualifiedName> names = new HashSet<>();
    for (Entry entry : closure.dependents()) {
      if (entry.desc().equals("FOREIGN TABLE")
          && ClosureBuilder.foreignInherits(entry).stream().anyMatch(parents::contains)) {
        names.add(Entries.name(entry));
      } else if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach
          && parents.contains(attach.parent())) {
        closure
            .ownership()
            .relation(attach.partition())
            .filter(table -> table.desc().equals("FOREIGN TABLE"))
            .ifPresent(_ -> names.add(attach.partition()));
      }
    }
    return names;
  }

  /// Refuses to compare or to exchange a table that has one today: what is read from the table would be its rows, too.
  static void refuse(Draft draft, List<Entry> present) {
    for (Entry table : present) {
      for (Snapshot.Inheritance link : draft.target.children(Entries.name(table))) {
        boolean foreign =
            draft
                .target
                .relation(link.child())
                .map(Relation::kind)
                .filter(k -> k == 'f')
                .isPresent();
        if (foreign) {
          draft.refuse(
              "foreign",
              "%s, a part of %s, is a foreign table: its rows are another server's"
                  .formatted(link.child(), link.parent()),
              "Restore the partitions that are ordinary tables, one by one.");
        }
      }
    }
  }
}
