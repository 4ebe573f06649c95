package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What foreign keys mean for a [MendStep.Mend]: in which order several go, whom a change would reach, and how a key is let go of for it.
final class MendKeys {
  private final Draft draft;
  private final Cutover cutover;
  private final MendUnits units;

  /// The keys that refer to a unit, to a part of it or to what it is a part of.
  private final Map<QualifiedName, List<Snapshot.ForeignKey>> to = new HashMap<>();

  /// The keys by which the same refer to others.
  private final Map<QualifiedName, List<Snapshot.ForeignKey>> from = new HashMap<>();

  MendKeys(Draft draft, Cutover cutover, MendUnits units) {
    this.draft = draft;
    this.cutover = cutover;
    this.units = units;
    Map<QualifiedName, Set<QualifiedName>> overlapping = units.overlapping();
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      overlapping
          .getOrDefault(key.references(), Set.of())
          .forEach(unit -> to.computeIfAbsent(unit, _ -> new ArrayList<>()).add(key));
      overlapping
          .getOrDefault(key.table(), Set.of())
          .forEach(unit -> from.computeIfAbsent(unit, _ -> new ArrayList<>()).add(key));
    }
  }

  /// Tables before those that refer to them, as far as there is such an order. A key of a partitioned table is one of each of its
  /// partitions, on either side.
  List<QualifiedName> parentsFirst(Collection<QualifiedName> tables) {
    IdentityHashMap<Snapshot.ForeignKey, List<QualifiedName>> children = new IdentityHashMap<>();
    for (QualifiedName table : tables) {
      from.getOrDefault(table, List.of())
          .forEach(key -> children.computeIfAbsent(key, _ -> new ArrayList<>()).add(table));
    }
    Map<QualifiedName, Set<QualifiedName>> needs = new HashMap<>();
    for (QualifiedName parent : tables) {
      for (Snapshot.ForeignKey key : to.getOrDefault(parent, List.of())) {
        children
            .getOrDefault(key, List.of())
            .forEach(child -> needs.computeIfAbsent(child, _ -> new HashSet<>()).add(parent));
      }
    }
    needs.forEach((table, parents) -> parents.remove(table));
    Set<QualifiedName> left = new LinkedHashSet<>(tables);
    List<QualifiedName> ordered = new ArrayList<>();
    while (!left.isEmpty()) {
      QualifiedName next =
          left.stream()
              .filter(
                  table -> needs.getOrDefault(table, Set.of()).stream().noneMatch(left::contains))
              .findFirst()
              .orElse(left.iterator().next());
      left.remove(next);
      ordered.add(next);
    }
    return ordered;
  }

  /// {@return the enforced keys that refer to a mended table or to a partitioned table that it is a part of}
  List<MendStep.Mend.Incoming> incoming(
      QualifiedName unit, List<String> columns, List<String> rowKey) {
    List<MendStep.Mend.Incoming> result = new ArrayList<>();
    for (Snapshot.ForeignKey key : to.getOrDefault(unit, List.of())) {
      if (definition(key).notEnforced()) {
        continue;
      }
      boolean acts =
          "cnd".indexOf(key.deleteAction()) >= 0 || "cnd".indexOf(key.updateAction()) >= 0;
      boolean told = columns.containsAll(key.referencedColumns());
      result.add(
          new MendStep.Mend.Incoming(
              foreignKey(key),
              key.table(),
              acts && mine(key.table()) ? key.table().sql() : "",
              !acts
                  ? ""
                  : told
                      ? reached(key, Side.GONE, unit)
                      : "SELECT count(*) FROM " + units.live(key.table()),
              told ? vanishing(key, unit) : "",
              !rowKey.containsAll(key.referencedColumns()),
              told
                  ? reached(key, Side.CAME, unit)
                  : "SELECT count(*) FROM " + units.live(key.table()),
              told ? dangling(key, unit) : ""));
    }
    return result;
  }

  /// {@return the enforced keys by which the rows of a mended table refer to others}
  List<MendStep.Mend.Outgoing> outgoing(QualifiedName unit, List<String> columns) {
    List<MendStep.Mend.Outgoing> result = new ArrayList<>();
    for (Snapshot.ForeignKey key : from.getOrDefault(unit, List.of())) {
      if (!definition(key).notEnforced() && columns.containsAll(key.columns())) {
        result.add(
            new MendStep.Mend.Outgoing(
                foreignKey(key),
                "SELECT count(*) FROM %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
                    .formatted(
                        units.gone(unit).sql(),
                        present(key, "c"),
                        units.live(key.references()),
                        join(key, "c", "p"))));
      }
    }
    return result;
  }

  private MendStep.Mend.ForeignKey foreignKey(Snapshot.ForeignKey key) {
    ForeignKeyDefinition definition = definition(key);
    boolean atOnce = atOnce(key);
    String table = key.table().sql();
    String name = Sql.quote(key.name());
    return new MendStep.Mend.ForeignKey(
        id(key),
        key.table() + "." + name,
        units.restored(key.table()) && units.restored(key.references()),
        mine(key.table()) ? "ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, name) : "",
        "ALTER TABLE %s%s ADD CONSTRAINT %s %s%s%s"
            .formatted(
                key.partitioned() ? "" : "ONLY ",
                table,
                name,
                definition.body(),
                atOnce ? "" : " NOT VALID",
                key.comment().isEmpty()
                    ? ""
                    : ";\nCOMMENT ON CONSTRAINT %s ON %s IS %s"
                        .formatted(name, table, Sql.literal(key.comment()))),
        key.validated() && !atOnce
            ? new Step.Validate(
                    key.table(), key.name(), cutover.forced(key.table(), key.references()))
                .sql()
            : "");
  }

  /// {@return how [CheckStep.CountOrphans] and the settling call a key}
  static String id(Snapshot.ForeignKey key) {
    return key.table().sql() + "." + key.name();
  }

  private boolean mine(QualifiedName table) {
    return draft.target.relation(table).map(Relation::mine).orElse(false);
  }

  /// {@return whether the key cannot be added as NOT VALID}
  boolean atOnce(Snapshot.ForeignKey key) {
    return key.partitioned() && draft.target.server().version() < 180000;
  }

  static ForeignKeyDefinition definition(Snapshot.ForeignKey key) {
    return ForeignKeyDefinition.parseBody(
        key.table(), !key.partitioned(), key.name(), key.definition());
  }

  private enum Side {
    GONE,
    CAME
  }

  /// A query that counts the rows that refer to a value which disappears: with the rows of the one side, unless the other has it too.
  private String reached(Snapshot.ForeignKey key, Side side, QualifiedName unit) {
    QualifiedName lost = side == Side.GONE ? units.gone(unit) : units.came(unit);
    List<String> kept =
        units.under(key.references()).stream()
            .map(other -> (side == Side.GONE ? units.came(other) : units.gone(other)).sql())
            .toList();
    return "SELECT count(*) FROM %s AS c WHERE %s AND EXISTS (SELECT 1 FROM %s AS p WHERE %s)%s"
        .formatted(
            units.live(key.table()),
            present(key, "c"),
            lost.sql(),
            join(key, "c", "p"),
            String.join(
                "",
                kept.stream()
                    .map(table ->
                        " AND NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s)"
                            .formatted(table, join(key, "c", "k")))
                    .toList()));
  }

  /// A query that counts the values which disappear, as they are written: a key's action does not compare them otherwise.
  private String vanishing(Snapshot.ForeignKey key, QualifiedName unit) {
    String image =
        "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record"
            .formatted(
                columns("k", key.referencedColumns()), columns("g", key.referencedColumns()));
    return "SELECT count(*) FROM %s AS g WHERE NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s)"
        .formatted(units.gone(unit).sql(), units.came(unit).sql(), image);
  }

  private static String columns(String alias, List<String> names) {
    return String.join(", ", names.stream().map(name -> alias + "." + Sql.quote(name)).toList());
  }

  /// A query that counts the rows that refer to a value which the restore brought, and do not find it.
  private String dangling(Snapshot.ForeignKey key, QualifiedName unit) {
    return "SELECT count(*) FROM %s AS c WHERE %s AND EXISTS (SELECT 1 FROM %s AS b WHERE %s) AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
        .formatted(
            units.live(key.table()),
            present(key, "c"),
            units.came(unit).sql(),
            join(key, "c", "b"),
            units.live(key.references()),
            join(key, "c", "p"));
  }

  /// {@return the condition under which a row refers to anything}
  static String present(Snapshot.ForeignKey key, String alias) {
    boolean full = definition(key).matchType().equals("full");
    return "("
        + String.join(
            full ? " OR " : " AND ",
            key.columns().stream()
                .map(column -> alias + "." + Sql.quote(column) + " IS NOT NULL")
                .toList())
        + ")";
  }

  /// PostgreSQL's own types are compared by its own operators, which know pairs like integer and bigint; others as records,
  /// through their operator class, for an `=` that is looked up by name may be another one under an empty search_path.
  String join(Snapshot.ForeignKey key, String child, String parent) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.columns().size(); i++) {
      String one = child + "." + Sql.quote(key.columns().get(i));
      String other = parent + "." + Sql.quote(key.referencedColumns().get(i));
      String referenced = key.referencedColumns().get(i);
      String type =
          draft
              .target
              .relation(key.references())
              .flatMap(found -> found.column(referenced))
              .map(Relation.Column::type)
              .orElse("");
      parts.add(
          type.isEmpty() || type.contains(".")
              ? "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.=) ROW(%s)::pg_catalog.record"
                  .formatted(other, type.isEmpty() ? one : one + "::" + type)
              : "%s OPERATOR(pg_catalog.=) %s".formatted(other, one));
    }
    return String.join(" AND ", parts);
  }
}
