package dev.pgmend.restore;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Which tables of an archive refer to which by foreign keys. The key of a partitioned table is its partitions' as well.
final class ForeignKeyGraph {
  private final Map<QualifiedName, List<QualifiedName>> parents = new HashMap<>();
  private final Map<QualifiedName, List<QualifiedName>> children = new HashMap<>();
  private final Map<QualifiedName, List<QualifiedName>> partitionOf = new HashMap<>();
  private final Map<QualifiedName, List<QualifiedName>> partitions = new HashMap<>();

  ForeignKeyGraph(Toc toc) {
    for (Entry entry : toc.entries()) {
      if (entry.desc().equals("FK CONSTRAINT")) {
        ForeignKeyDefinition key = ForeignKeyDefinition.parse(entry.defn(), entry.namespace());
        parents.computeIfAbsent(key.table(), _ -> new ArrayList<>()).add(key.references());
        children.computeIfAbsent(key.references(), _ -> new ArrayList<>()).add(key.table());
      } else if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        partitionOf
            .computeIfAbsent(attach.partition(), _ -> new ArrayList<>())
            .add(attach.parent());
        partitions.computeIfAbsent(attach.parent(), _ -> new ArrayList<>()).add(attach.partition());
      }
    }
  }

  /// {@return the tables, and those that they refer to, through any number of keys}
  SequencedSet<QualifiedName> withParents(Collection<QualifiedName> tables) {
    return reach(tables, parents);
  }

  /// {@return the tables, and those that refer to them, through any number of keys}
  SequencedSet<QualifiedName> withChildren(Collection<QualifiedName> tables) {
    return reach(tables, children);
  }

  private SequencedSet<QualifiedName> reach(
      Collection<QualifiedName> tables, Map<QualifiedName, List<QualifiedName>> links) {
    SequencedSet<QualifiedName> reached = new LinkedHashSet<>(tables);
    Deque<QualifiedName> queue = new ArrayDeque<>(reached);
    while (!queue.isEmpty()) {
      QualifiedName table = queue.poll();
      for (QualifiedName concerned : family(table)) {
        for (QualifiedName next : links.getOrDefault(concerned, List.of())) {
          if (reached.add(next)) {
            queue.add(next);
          }
        }
      }
    }
    return reached;
  }

  /// {@return the table, the partitioned tables that it is a part of, and its own partitions}
  private SequencedSet<QualifiedName> family(QualifiedName table) {
    SequencedSet<QualifiedName> family = new LinkedHashSet<>();
    walk(table, partitionOf, family);
    family.remove(table);
    walk(table, partitions, family);
    return family;
  }

  private static void walk(
      QualifiedName start,
      Map<QualifiedName, List<QualifiedName>> links,
      SequencedSet<QualifiedName> reached) {
    Deque<QualifiedName> queue = new ArrayDeque<>(List.of(start));
    while (!queue.isEmpty()) {
      QualifiedName at = queue.poll();
      if (reached.add(at)) {
        queue.addAll(links.getOrDefault(at, List.of()));
      }
    }
  }
}
