package dev.pgmend.closure;

import dev.pgmend.archive.Entry;
import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The entries one restore concerns. Every list is in restore order ([Entries#restoreOrder]).
///
/// @param tables the tables asked for, with their partitions and inheritance children
/// @param belongings what goes with them: indexes, constraints, sequences, triggers, policies, comments, grants, data …
/// @param dependents what PostgreSQL would drop with them under CASCADE: foreign keys of other tables, views, functions …,
///     each with its own belongings
/// @param needs what the entries above refer to and is not among them: schemas, types, functions, parents
public record Closure(
    Ownership ownership,
    List<Entry> tables,
    List<Entry> belongings,
    List<Entry> dependents,
    List<Entry> needs) {

  public Closure {
    tables = List.copyOf(tables);
    belongings = List.copyOf(belongings);
    dependents = List.copyOf(dependents);
    needs = List.copyOf(needs);
  }

  /// {@return the qualified names of the tables}
  public Set<QualifiedName> tableNames() {
    return tables.stream().map(Entries::name).collect(Collectors.toUnmodifiableSet());
  }

  /// {@return the belongings of one table, in restore order}
  public List<Entry> belongings(Entry table) {
    return belongings.stream()
        .filter(entry -> ownership.root(entry).dumpId() == table.dumpId())
        .toList();
  }

  /// {@return the table's data, empty for partitioned tables and for archives without it}
  public Optional<Entry> data(Entry table) {
    return belongings.stream()
        .filter(entry -> entry.desc().equals("TABLE DATA"))
        .filter(entry -> ownership.root(entry).dumpId() == table.dumpId())
        .findFirst();
  }

  /// {@return every relation that an entry of the closure is, is on, or refers to}
  public Set<QualifiedName> mentioned() {
    Set<QualifiedName> names = new java.util.HashSet<>();
    for (List<Entry> entries : List.of(tables, belongings, dependents, needs)) {
      for (Entry entry : entries) {
        Entry root = ownership.root(entry);
        if (!root.namespace().isEmpty()) {
          names.add(Entries.name(root));
        }
        Entries.head(entry).ifPresent(head -> Heads.relations(head).forEach(names::add));
      }
    }
    return names;
  }
}
