package dev.pgmend.closure;

import dev.pgmend.archive.Entry;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The entries one restore concerns. Every list is in restore order ([Entries#restoreOrder]).
public final class Closure {
  private final Ownership ownership;
  private final List<Entry> tables;
  private final List<Entry> belongings;
  private final List<Entry> dependents;
  private final List<Entry> needs;
  private final List<Entry> parents;
  private final Map<Integer, List<Entry>> byRoot = new HashMap<>();

  Closure(
      Ownership ownership,
      List<Entry> tables,
      List<Entry> belongings,
      List<Entry> dependents,
      List<Entry> needs,
      List<Entry> parents,
      List<Entry> ofParents) {
    this.ownership = ownership;
    this.tables = List.copyOf(tables);
    this.belongings = List.copyOf(belongings);
    this.dependents = List.copyOf(dependents);
    this.needs = List.copyOf(needs);
    this.parents = List.copyOf(parents);
    for (List<Entry> part : List.of(belongings, ofParents)) {
      for (Entry entry : part) {
        byRoot.computeIfAbsent(ownership.root(entry).dumpId(), _ -> new ArrayList<>()).add(entry);
      }
    }
  }

  public Ownership ownership() {
    return ownership;
  }

  /// {@return the tables asked for, with their partitions and inheritance children}
  public List<Entry> tables() {
    return tables;
  }

  /// {@return what goes with them: indexes, constraints, sequences, triggers, policies, comments, grants, data …}
  public List<Entry> belongings() {
    return belongings;
  }

  /// {@return what PostgreSQL would drop with them under CASCADE: foreign keys of other tables, views, functions …, each with its
  /// own belongings}
  public List<Entry> dependents() {
    return dependents;
  }

  /// {@return what the entries above refer to and is not among them: schemas, types, functions, parents}
  public List<Entry> needs() {
    return needs;
  }

  /// {@return the qualified names of the tables}
  public Set<QualifiedName> tableNames() {
    return tables.stream().map(Entries::name).collect(Collectors.toUnmodifiableSet());
  }

  /// {@return the tables of which only rows are to come that rows of the others refer to}
  public List<Entry> parents() {
    return parents;
  }

  /// {@return the same closure with such tables}
  ///
  /// @param wider a closure that has them among its tables
  public Closure withParents(Closure wider) {
    Set<QualifiedName> asked = tableNames();
    List<Entry> further =
        wider.tables.stream().filter(table -> !asked.contains(Entries.name(table))).toList();
    List<Entry> theirs =
        further.stream().flatMap(table -> wider.belongings(table).stream()).toList();
    return new Closure(ownership, tables, belongings, dependents, needs, further, theirs);
  }

  /// {@return the names of all tables of which rows may be touched}
  public Set<QualifiedName> touched() {
    Set<QualifiedName> names = new java.util.HashSet<>(tableNames());
    parents.forEach(table -> names.add(Entries.name(table)));
    return names;
  }

  /// {@return the belongings of one table, in restore order}
  public List<Entry> belongings(Entry table) {
    return Collections.unmodifiableList(byRoot.getOrDefault(table.dumpId(), List.of()));
  }

  /// {@return the table's data, empty for partitioned tables and for archives without it}
  public Optional<Entry> data(Entry table) {
    return belongings(table).stream()
        .filter(entry -> entry.desc().equals("TABLE DATA"))
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
        referenced(entry).ifPresent(names::add);
      }
    }
    return names;
  }

  /// A backup of one table does not have the tables that its foreign keys refer to.
  private static Optional<QualifiedName> referenced(Entry entry) {
    if (!entry.desc().equals("FK CONSTRAINT")) {
      return Optional.empty();
    }
    try {
      String namespace = entry.namespace().isEmpty() ? null : entry.namespace();
      String text = entry.defn().strip().replaceFirst(";$", "");
      return Optional.of(ForeignKeyDefinition.parse(text, namespace).references());
    } catch (SqlSyntaxException _) {
      // Refused when the plan reads it.
      return Optional.empty();
    }
  }
}
