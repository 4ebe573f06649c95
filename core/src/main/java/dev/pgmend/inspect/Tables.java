package dev.pgmend.inspect;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The tables of an archive and how they are parts of each other.
final class Tables {
  private static final int STEPS_MAX = 5_000_000;

  private final Ownership ownership;
  private final List<Entry> all = new ArrayList<>();
  private final Map<Integer, TableDefinition> definitions = new HashMap<>();
  private final Map<QualifiedName, QualifiedName> parents = new HashMap<>();
  private final Map<QualifiedName, List<QualifiedName>> children = new HashMap<>();
  private int steps;

  Tables(Toc toc, Ownership ownership) {
    this.ownership = ownership;
    for (Entry entry : toc.entries()) {
      if (entry.desc().equals("TABLE")) {
        all.add(entry);
        parse(entry).ifPresent(definition -> note(entry, definition));
      } else if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        parents.put(attach.partition(), attach.parent());
        child(attach.parent(), attach.partition());
      }
    }
  }

  private void note(Entry table, TableDefinition definition) {
    definitions.put(table.dumpId(), definition);
    definition.inherits().forEach(parent -> child(parent, Entries.name(table)));
    if (definition.partitionOf() != null) {
      parents.put(Entries.name(table), definition.partitionOf());
      child(definition.partitionOf(), Entries.name(table));
    }
  }

  private void child(QualifiedName parent, QualifiedName child) {
    children.computeIfAbsent(parent, _ -> new ArrayList<>()).add(child);
  }

  private static Optional<TableDefinition> parse(Entry table) {
    try {
      String namespace = table.namespace().isEmpty() ? null : table.namespace();
      return Optional.of(TableDefinition.parse(table.defn(), namespace));
    } catch (SqlSyntaxException _) {
      return Optional.empty();
    }
  }

  List<Entry> all() {
    return all;
  }

  /// {@return the table's CREATE TABLE, empty if it cannot be read}
  Optional<TableDefinition> definition(Entry table) {
    return Optional.ofNullable(definitions.get(table.dumpId()));
  }

  @Nullable QualifiedName partitionOf(Entry table) {
    return parents.get(Entries.name(table));
  }

  /// {@return the table and all that are parts of it, through any number of steps; empty if the walks of this object have used
  /// up their steps}
  ///
  /// @param direct whether to go one step only
  Optional<Collection<Entry>> withParts(Entry table, boolean direct) {
    Map<QualifiedName, Entry> found = new LinkedHashMap<>();
    found.put(Entries.name(table), table);
    List<QualifiedName> queue = new ArrayList<>(found.keySet());
    for (int next = 0; next < (direct ? 1 : queue.size()); next++) {
      for (QualifiedName child : children.getOrDefault(queue.get(next), List.of())) {
        if (!direct && ++steps > STEPS_MAX) {
          return Optional.empty();
        }
        Entry entry = ownership.relation(child).orElse(null);
        if (entry != null && found.putIfAbsent(child, entry) == null) {
          queue.add(child);
        }
      }
    }
    return Optional.of(found.values());
  }
}
