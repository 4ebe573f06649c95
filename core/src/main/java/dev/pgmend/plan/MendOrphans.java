package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Counts, before a mend changes anything, the rows that a foreign key would find no parent for: restored rows whose parents are
/// gone, and rows of any table whose parents would go. What is restored by the same command counts as it will be.
final class MendOrphans {
  private final Draft draft;
  private final MendUnits units;
  private final MendKeys keys;

  MendOrphans(Draft draft, MendUnits units, MendKeys keys) {
    this.draft = draft;
    this.units = units;
    this.keys = keys;
  }

  /// Adds the counts to the plan.
  void plan() {
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      // A key that is not valid has orphans by right; the server still refuses new ones, for which
      // it
      // is let go.
      if (!key.validated() || MendKeys.definition(key).notEnforced()) {
        continue;
      }
      List<QualifiedName> children = new ArrayList<>(units.under(key.table()));
      units.above(key.table()).ifPresent(children::add);
      for (QualifiedName unit : children) {
        add(key, "FROM %s AS c WHERE %s".formatted(units.staged(unit).sql(), present(key)));
      }
      // Unless the user has said so, no row goes.
      if (draft.request.exact()
          && !units.under(key.references()).isEmpty()
          && !units.covered(key.table())) {
        add(
            key,
            "FROM %s AS c WHERE %s%s AND EXISTS (SELECT 1 FROM (%s) AS p WHERE %s)"
                .formatted(
                    units.live(key.table()),
                    present(key),
                    others(key.table(), "c"),
                    union(key, units.under(key.references()).stream().map(units::live).toList()),
                    keys.join(key, "c", "p")));
      }
    }
  }

  private void add(Snapshot.ForeignKey key, String rows) {
    ForeignKeyDefinition definition = MendKeys.definition(key);
    String from =
        rows
            + " AND NOT EXISTS (SELECT 1 FROM (%s) AS p WHERE %s)"
                .formatted(union(key, parents(key.references())), keys.join(key, "c", "p"));
    boolean mine = draft.target.relation(key.table()).map(Relation::mine).orElse(false);
    draft.verify.add(
        new Step.CountOrphans(
            key.name(),
            key.table(),
            countable(key, definition),
            draft.request.orphans() == Request.Orphans.NOT_VALID && !keys.atOnce(key) && mine,
            "SELECT count(*) " + from,
            "SELECT DISTINCT ROW(%s)::pg_catalog.text AS k %s LIMIT 5"
                .formatted(columns("c", key.columns()), from)));
  }

  private boolean countable(Snapshot.ForeignKey key, ForeignKeyDefinition definition) {
    // Which of a unit's rows are a single partition's is known only when they are there.
    return !definition.period()
        && readable(key.table())
        && readable(key.references())
        && units.above(key.table()).isEmpty()
        && units.above(key.references()).isEmpty();
  }

  private boolean readable(QualifiedName table) {
    return draft.target.relation(table).map(Relation::readable).orElse(false);
  }

  private static String present(Snapshot.ForeignKey key) {
    return MendKeys.present(key, "c");
  }

  /// {@return where the rows of a table are that it will have after the restore}
  private List<String> parents(QualifiedName table) {
    List<String> sources = new ArrayList<>();
    if (!units.covered(table)) {
      String others = others(table, "o");
      sources.add(
          others.isEmpty()
              ? units.live(table)
              : "(SELECT * FROM %s AS o WHERE true%s) AS o".formatted(units.live(table), others));
    }
    units.under(table).forEach(unit -> sources.add(units.staged(unit).sql()));
    units.above(table).ifPresent(unit -> sources.add(units.staged(unit).sql()));
    return sources;
  }

  /// {@return the condition that leaves out the live rows that are restored}
  private String others(QualifiedName table, String alias) {
    List<String> leaves =
        units.under(table).stream()
            .flatMap(unit -> units.descendants(unit).stream())
            .filter(part -> !units.isPartitioned(part))
            .distinct()
            .map(part -> Sql.literal(part.sql()) + "::pg_catalog.regclass")
            .toList();
    return leaves.isEmpty()
        ? ""
        : " AND %s.tableoid NOT IN (%s)".formatted(alias, String.join(", ", leaves));
  }

  private static String union(Snapshot.ForeignKey key, List<String> sources) {
    Function<String, String> select =
        source -> "SELECT %s FROM %s".formatted(columns("", key.referencedColumns()), source);
    return String.join(" UNION ALL ", sources.stream().map(select).toList());
  }

  private static String columns(String alias, List<String> names) {
    String prefix = alias.isEmpty() ? "" : alias + ".";
    return String.join(", ", names.stream().map(name -> prefix + Sql.quote(name)).toList());
  }
}
