package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What foreign keys mean for a [Step.Mend]: the order of several, and whom a change would reach.
final class MendKeys {
  private final Draft draft;
  private final Cutover cutover;

  MendKeys(Draft draft, Cutover cutover) {
    this.draft = draft;
    this.cutover = cutover;
  }

  List<Step.Mend.Incoming> incoming(Relation live) {
    List<Step.Mend.Incoming> result = new ArrayList<>();
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (!family(live.name()).contains(key.references())) {
        continue;
      }
      ForeignKeyDefinition definition =
          ForeignKeyDefinition.parseBody(
              key.table(), !key.partitioned(), key.name(), key.definition());
      boolean atOnce =
          definition.notEnforced()
              || (key.partitioned() && draft.target.server().version() < 180000);
      boolean mine = draft.target.relation(key.table()).map(Relation::mine).orElse(false);
      String table = key.table().sql();
      String name = Sql.quote(key.name());
      result.add(
          new Step.Mend.Incoming(
              key.table() + "." + name,
              mine ? "ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, name) : "",
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
                  : ""));
    }
    return result;
  }

  /// {@return the table and the partitioned tables that it is a part of}
  private Set<QualifiedName> family(QualifiedName table) {
    Set<QualifiedName> family = new LinkedHashSet<>(Set.of(table));
    List<QualifiedName> queue = new ArrayList<>(family);
    for (int i = 0; i < queue.size(); i++) {
      for (Snapshot.Inheritance link : draft.target.parents(queue.get(i))) {
        if (link.isPartition() && family.add(link.parent())) {
          queue.add(link.parent());
        }
      }
    }
    return family;
  }

  /// Tables before those that refer to them, as far as there is such an order.
  List<QualifiedName> parentsFirst(java.util.Collection<QualifiedName> tables) {
    Set<QualifiedName> ordered = new LinkedHashSet<>();
    List<QualifiedName> left = new ArrayList<>(tables);
    while (!left.isEmpty()) {
      QualifiedName next =
          left.stream()
              .filter(table ->
                  draft.target.foreignKeys().stream()
                      .filter(key -> key.table().equals(table) && !key.references().equals(table))
                      .noneMatch(key -> left.contains(key.references())))
              .findFirst()
              .orElse(left.getFirst());
      left.remove(next);
      ordered.add(next);
    }
    return List.copyOf(ordered);
  }

  /// Queries that count the rows of other tables which changing a referenced value here would change as well.
  List<String> updateCascades(Relation live, List<String> key, int number) {
    List<String> queries = new ArrayList<>();
    for (Snapshot.ForeignKey foreignKey : draft.target.foreignKeys()) {
      if (key.isEmpty()
          || foreignKey.table().equals(live.name())
          || !family(live.name()).contains(foreignKey.references())
          || "cnd".indexOf(foreignKey.updateAction()) < 0
          || key.containsAll(foreignKey.referencedColumns())) {
        continue;
      }
      queries.add(
          "SELECT count(*) FROM %s AS x JOIN %s AS g ON (%s) = (%s) JOIN %s AS c ON %s WHERE (%s) IS DISTINCT FROM (%s)"
              .formatted(
                  foreignKey.table().sql(),
                  draft.own("gone_" + number).sql(),
                  listed("x", foreignKey.columns()),
                  listed("g", foreignKey.referencedColumns()),
                  draft.own("came_" + number).sql(),
                  "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.=) ROW(%s)::pg_catalog.record"
                      .formatted(listed("c", key), listed("g", key)),
                  listed("c", foreignKey.referencedColumns()),
                  listed("g", foreignKey.referencedColumns())));
    }
    return queries;
  }

  private static String listed(String alias, List<String> columns) {
    return String.join(
        ", ", columns.stream().map(column -> alias + "." + Sql.quote(column)).toList());
  }

  /// Queries that count the rows of other tables which deleting rows here would delete or change as well.
  List<String> cascades(Relation live, List<String> key, int number) {
    Set<QualifiedName> family = family(live.name());
    List<String> queries = new ArrayList<>();
    for (Snapshot.ForeignKey foreignKey : draft.target.foreignKeys()) {
      if (family.contains(foreignKey.references())
          && "cnd".indexOf(foreignKey.deleteAction()) >= 0) {
        String child =
            String.join(
                ", ",
                foreignKey.columns().stream().map(column -> "x." + Sql.quote(column)).toList());
        String parent =
            String.join(
                ", ",
                foreignKey.referencedColumns().stream()
                    .map(column -> "g." + Sql.quote(column))
                    .toList());
        String survives =
            key.isEmpty()
                ? ""
                : " AND NOT EXISTS (SELECT 1 FROM %s AS c WHERE ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.=) ROW(%s)::pg_catalog.record)"
                    .formatted(
                        draft.own("came_" + number).sql(),
                        String.join(
                            ", ", key.stream().map(column -> "c." + Sql.quote(column)).toList()),
                        String.join(
                            ", ", key.stream().map(column -> "g." + Sql.quote(column)).toList()));
        queries.add(
            "SELECT count(*) FROM %s AS x JOIN %s AS g ON (%s) = (%s)%s"
                .formatted(
                    foreignKey.table().sql(),
                    draft.own("gone_" + number).sql(),
                    child,
                    parent,
                    survives));
      }
    }
    return queries;
  }
}
