package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The tables whose rows are compared as one: each ordinary table for itself, and a partitioned table as a whole where the rows of
/// the backup may belong into other partitions today.
final class MendUnits {
  private final Draft draft;
  private final ColumnMaps maps;
  private final Set<QualifiedName> tables = new LinkedHashSet<>();
  private final Map<QualifiedName, List<Entry>> data = new LinkedHashMap<>();
  private final Map<QualifiedName, Integer> numbers = new HashMap<>();
  private final Map<QualifiedName, Set<QualifiedName>> descendants = new HashMap<>();
  private final List<String> obstacles = new ArrayList<>();

  MendUnits(Draft draft, ColumnMaps maps, List<Entry> restored) {
    this.draft = draft;
    this.maps = maps;
    restored.forEach(table -> tables.add(Entries.name(table)));
    Map<QualifiedName, QualifiedName> wholes = new HashMap<>();
    for (Entry table : restored) {
      QualifiedName name = Entries.name(table);
      boolean top =
          draft.target.parents(name).stream().noneMatch(link -> tables.contains(link.parent()));
      if (top && isPartitioned(name) && reshaped(name)) {
        whole(name, restored).forEach(part -> wholes.put(part, name));
      }
    }
    for (Entry table : restored) {
      QualifiedName name = Entries.name(table);
      Entry rows = draft.closure.data(table).orElse(null);
      if (rows == null || rows.copyStmt() == null) {
        continue;
      }
      QualifiedName into = EntrySql.copyTarget(rows).table();
      QualifiedName unit = wholes.getOrDefault(name, tables.contains(into) ? into : name);
      data.computeIfAbsent(unit, _ -> new ArrayList<>()).add(rows);
    }
    if (draft.request.orphans().reaches() && draft.request.policy().rows().changes()) {
      children().forEach(child -> data.put(child, List.of()));
    }
    data.keySet().forEach(unit -> numbers.put(unit, numbers.size() + 1));
  }

  /// The tables that are not restored and of which rows may lose their parents, as far as this role may change them.
  private Set<QualifiedName> children() {
    Set<QualifiedName> children = new LinkedHashSet<>();
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      Relation child = draft.target.relation(key.table()).orElse(null);
      if (key.validated()
          && child != null
          && child.isTable()
          && child.mine()
          && child.extension().isEmpty()
          && restored(key.references())
          && !restored(key.table())) {
        children.add(key.table());
      }
    }
    // A partitioned table's rows are those of its partitions.
    children.removeIf(child ->
        children.stream()
            .anyMatch(other -> !other.equals(child) && descendants(other).contains(child)));
    return children;
  }

  /// {@return whether the unit is not restored, and only such rows of it are touched as would lose their parents}
  boolean referring(QualifiedName unit) {
    return data.getOrDefault(unit, List.of()).isEmpty();
  }

  /// {@return the data entries of each unit}
  Map<QualifiedName, List<Entry>> data() {
    return data;
  }

  /// {@return whether only such rows of the unit may come back as others refer to}
  boolean referred(QualifiedName unit) {
    return !referring(unit)
        && data.getOrDefault(unit, List.of()).stream()
            .allMatch(
                rows -> draft.closure.parents().contains(draft.closure.ownership().root(rows)));
  }

  /// {@return what may be done with the unit's rows}
  RowPolicy policy(QualifiedName unit) {
    RowPolicy policy = draft.request.policy();
    return referring(unit) ? policy.forChildren() : referred(unit) ? policy.forParents() : policy;
  }

  /// {@return why the rows cannot be compared}
  List<String> obstacles() {
    return obstacles;
  }

  /// The parts of a partitioned table that is to be compared as a whole, empty if that cannot be.
  private List<QualifiedName> whole(QualifiedName root, List<Entry> restored) {
    List<QualifiedName> parts = descendants(root).stream().filter(tables::contains).toList();
    Set<List<String>> columns = new LinkedHashSet<>();
    for (Entry table : restored) {
      if (parts.contains(Entries.name(table))) {
        draft
            .closure
            .data(table)
            .filter(rows -> rows.copyStmt() != null)
            .ifPresent(rows -> columns.add(EntrySql.copyTarget(rows).columns()));
      }
    }
    List<QualifiedName> extra = extra(root);
    for (QualifiedName partition : extra) {
      if (draft.target.relation(partition).filter(Relation::isTable).isEmpty()) {
        obstacles.add("%s, now a partition of %s, is not a table".formatted(partition, root));
      }
    }
    if (columns.size() > 1) {
      if (!extra.isEmpty()) {
        obstacles.add(
            "%s has partitions that are not in the backup (%s), and those of the backup have their columns in different orders"
                .formatted(root, listed(extra)));
      }
      return List.of();
    }
    return parts;
  }

  private static String listed(List<QualifiedName> names) {
    return String.join(", ", names.stream().map(QualifiedName::toString).toList());
  }

  /// {@return the partitions of a restored table, at any depth, that the backup does not have}
  List<QualifiedName> extra(QualifiedName root) {
    return descendants(root).stream().filter(part -> !tables.contains(part)).toList();
  }

  /// Whether rows may have to go into other partitions than they came from.
  private boolean reshaped(QualifiedName root) {
    Map<QualifiedName, String> bounds = new HashMap<>();
    for (Entry entry : draft.closure.belongings()) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        bounds.put(attach.partition(), attach.bounds());
      }
    }
    for (QualifiedName part : descendants(root)) {
      if (part.equals(root)) {
        continue;
      }
      String bound =
          draft.target.parents(part).stream()
              .map(Snapshot.Inheritance::bound)
              .findFirst()
              .orElse("");
      if (!Sql.oneLine(bounds.getOrDefault(part, "")).equals(Sql.oneLine(bound))) {
        return true;
      }
    }
    return false;
  }

  /// {@return the table and its partitions at any depth, as the target has them}
  Set<QualifiedName> descendants(QualifiedName table) {
    return descendants.computeIfAbsent(
        table,
        _ -> {
          Set<QualifiedName> found = new LinkedHashSet<>(Set.of(table));
          List<QualifiedName> queue = new ArrayList<>(found);
          for (int i = 0; i < queue.size(); i++) {
            for (Snapshot.Inheritance link : draft.target.children(queue.get(i))) {
              if (link.isPartition() && found.add(link.child())) {
                queue.add(link.child());
              }
            }
          }
          return found;
        });
  }

  /// {@return for each table the units that it is, that it is a part of, or that are parts of it}
  Map<QualifiedName, Set<QualifiedName>> overlapping() {
    Map<QualifiedName, Set<QualifiedName>> units = new HashMap<>();
    for (QualifiedName unit : data.keySet()) {
      Set<QualifiedName> family = new LinkedHashSet<>(descendants(unit));
      List<QualifiedName> queue = new ArrayList<>(List.of(unit));
      for (int i = 0; i < queue.size(); i++) {
        for (Snapshot.Inheritance link : draft.target.parents(queue.get(i))) {
          if (link.isPartition() && family.add(link.parent())) {
            queue.add(link.parent());
          }
        }
      }
      family.forEach(table -> units.computeIfAbsent(table, _ -> new LinkedHashSet<>()).add(unit));
    }
    return units;
  }

  /// {@return the units whose rows are rows of the table}
  List<QualifiedName> under(QualifiedName table) {
    Set<QualifiedName> parts = descendants(table);
    return data.keySet().stream().filter(parts::contains).toList();
  }

  /// {@return the unit that holds the rows of the table and of others, if there is such}
  Optional<QualifiedName> above(QualifiedName table) {
    return data.keySet().stream()
        .filter(unit -> !unit.equals(table) && descendants(unit).contains(table))
        .findFirst();
  }

  /// {@return whether any rows of the table are restored}
  boolean restored(QualifiedName table) {
    return under(table).stream().anyMatch(unit -> !referring(unit))
        || above(table).filter(unit -> !referring(unit)).isPresent();
  }

  /// {@return whether all rows of the table are restored}
  boolean covered(QualifiedName table) {
    Set<QualifiedName> parts = new LinkedHashSet<>();
    under(table).forEach(unit -> parts.addAll(descendants(unit)));
    return above(table).isPresent()
        || !parts.isEmpty()
            && descendants(table).stream()
                .allMatch(part -> parts.contains(part) || isPartitioned(part));
  }

  boolean isPartitioned(QualifiedName table) {
    return draft.target.relation(table).map(Relation::isPartitioned).orElse(false);
  }

  /// {@return the table as a foreign key sees it: with its partitions, without its inheritance children}
  String live(QualifiedName table) {
    return (isPartitioned(table) ? "" : "ONLY ") + table.sql();
  }

  int number(QualifiedName unit) {
    Integer number = numbers.get(unit);
    if (number == null) {
      throw new IllegalArgumentException("not a unit: " + unit);
    }
    return number;
  }

  QualifiedName staged(QualifiedName unit) {
    return draft.own("rows_" + number(unit));
  }

  QualifiedName gone(QualifiedName unit) {
    return draft.own("gone_" + number(unit));
  }

  QualifiedName came(QualifiedName unit) {
    return draft.own("came_" + number(unit));
  }

  /// {@return where the backup's rows are noted that are left out}
  QualifiedName kept(QualifiedName unit) {
    return draft.own("kept_" + number(unit));
  }

  /// {@return where the keys of rows are noted that were written since they were compared}
  QualifiedName conflicts(QualifiedName unit) {
    return draft.own("conflicts_" + number(unit));
  }

  /// {@return the columns that the backup has of the unit's rows, by the names that they have today}
  List<String> columns(QualifiedName unit) {
    return referring(unit)
        ? draft.target.relation(unit).orElseThrow().columns().stream()
            .filter(column -> column.generated() == 0)
            .map(Relation.Column::name)
            .toList()
        : maps.of(unit).live(copied(unit));
  }

  /// {@return the columns that the backup has of the unit's rows}
  List<String> copied(QualifiedName unit) {
    return EntrySql.copyTarget(data.getOrDefault(unit, List.of()).getFirst()).columns();
  }
}
