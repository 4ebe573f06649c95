package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which column of a live table each of the backup's is today.
///
/// @param names from the backup's columns to those of the live table, in the backup's order, as far as they are there
/// @param types the types in the backup, as far as they are known, of all its columns
/// @param dropped the backup's columns that are gone
/// @param added the live columns that the backup does not have and that are not generated
record ColumnMap(
    Relation live,
    Map<String, String> names,
    Map<String, String> types,
    List<String> dropped,
    List<Relation.Column> added) {
  QualifiedName table() {
    return live.name();
  }

  /// {@return the live names of those of the backup's columns that are there}
  List<String> live(List<String> backup) {
    return backup.stream().filter(names::containsKey).map(this::name).toList();
  }

  /// {@return where the values of the backup's columns wait: under their live names, or aside}
  List<String> staged(List<String> backup) {
    return backup.stream()
        .map(column -> names.containsKey(column) ? name(column) : aside(column))
        .toList();
  }

  private String name(String backup) {
    return String.valueOf(names.get(backup));
  }

  private String aside(String dropped) {
    String name = dropped;
    while (live.column(name).isPresent()) {
      name = Stager.shorten("dropped " + name);
    }
    return name;
  }

  /// {@return by the backup's names the columns that have another type today}
  Map<String, Relation.Column> retyped() {
    Map<String, Relation.Column> retyped = new LinkedHashMap<>();
    names.forEach((backup, name) -> {
      String type = types.getOrDefault(backup, "");
      Optional<Relation.Column> column = live.column(name);
      // A typed table's columns have their types from its type.
      if (!type.isEmpty() && column.isPresent() && !column.get().type().equals(type)) {
        retyped.put(backup, column.get());
      }
    });
    return retyped;
  }

  /// {@return the columns that have another name today}
  Map<String, String> renamed() {
    Map<String, String> renamed = new LinkedHashMap<>(names);
    renamed.entrySet().removeIf(entry -> entry.getKey().equals(entry.getValue()));
    return renamed;
  }

  /// {@return the live columns whose values the backup does not have}
  List<String> addedNames() {
    return added.stream().map(Relation.Column::name).toList();
  }

  boolean same() {
    return dropped.isEmpty() && added.isEmpty() && renamed().isEmpty() && retyped().isEmpty();
  }

  /// {@return what is different, in the backup's order, what is new at the end}
  List<ColumnChange> changes() {
    List<ColumnChange> changes = new ArrayList<>();
    types.forEach((backup, type) -> {
      String name = names.get(backup);
      Relation.Column column = name == null ? null : live.column(name).orElse(null);
      boolean retyped = column != null && !type.isEmpty() && !column.type().equals(type);
      if (column == null) {
        changes.add(new ColumnChange(table(), backup, null, type, ""));
      } else if (retyped || !column.name().equals(backup)) {
        changes.add(
            new ColumnChange(
                table(),
                backup,
                column.name(),
                type.isEmpty() ? column.type() : type,
                column.type()));
      }
    });
    added.forEach(
        column -> changes.add(new ColumnChange(table(), null, column.name(), "", column.type())));
    return changes;
  }

  /// {@return what the user can say about a column that is gone}
  String remedy(String gone, String others) {
    List<Relation.Column> candidates =
        added.stream()
            .filter(
                column -> dropped.size() == 1 && column.type().equals(types.getOrDefault(gone, "")))
            .toList();
    return "%s--drop-columns leaves its values in the backup out; %s"
        .formatted(
            candidates.size() == 1
                ? "--map %s=%s if it was renamed; "
                    .formatted(Sql.quote(gone), Sql.quote(candidates.getFirst().name()))
                : "",
            others);
  }
}
