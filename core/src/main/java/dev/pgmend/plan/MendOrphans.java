package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// Counts, before a mend changes anything, the rows that a foreign key would find no parent for: rows that come whose parents are
/// gone, and live rows of any table whose parents go. Rows that nobody touches have their parents, for the key is valid.
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
      // it is let go.
      if (!key.validated() || MendKeys.definition(key).notEnforced()) {
        continue;
      }
      for (QualifiedName unit : touched(key.table())) {
        add(key, "FROM %s AS c WHERE %s".formatted(units.came(unit).sql(), present(key)));
      }
      List<QualifiedName> parents = touched(key.references());
      if (draft.request.policy().rows().changes() && !parents.isEmpty()) {
        add(
            key,
            "FROM %s AS c WHERE %s AND %s%s"
                .formatted(
                    units.live(key.table()),
                    present(key),
                    anyOf(key, parents.stream().map(units::gone).toList()),
                    String.join(
                        "",
                        touched(key.table()).stream().map(unit -> staying(unit, key)).toList())));
      }
    }
  }

  /// {@return what leaves the rows without parents out, if the user wants that}
  List<Step.Compare.Skip> skips(List<Step.Mend> mends) {
    List<Step.Compare.Skip> skips = new ArrayList<>();
    if (draft.request.orphans() != Request.Orphans.SKIP) {
      return skips;
    }
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (!key.validated()
          || MendKeys.definition(key).notEnforced()
          || !countable(key, MendKeys.definition(key))) {
        continue;
      }
      for (Step.Mend mend : mends) {
        if (touched(key.table()).contains(mend.table())) {
          skips.add(skip(key, mend));
        }
      }
    }
    return skips;
  }

  /// {@return what brings the parents of rows that come, if the user wants that}
  List<Step.Compare.Bring> brings(List<Step.Mend> mends) {
    List<Step.Compare.Bring> brings = new ArrayList<>();
    if (draft.request.orphans() != Request.Orphans.WITH_PARENTS) {
      return brings;
    }
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (MendKeys.definition(key).notEnforced() || !countable(key, MendKeys.definition(key))) {
        continue;
      }
      for (Step.Mend parent : mends) {
        if (!units.under(key.references()).contains(parent.table())
            || parent.key().isEmpty()
            || !parent.columns().containsAll(key.referencedColumns())) {
          continue;
        }
        for (QualifiedName child : units.under(key.table())) {
          brings.add(
              new Step.Compare.Bring(
                  parent,
                  key.name(),
                  new MendSql(parent)
                      .bring(
                          "EXISTS (SELECT 1 FROM %s AS c WHERE %s AND %s AND %s)"
                              .formatted(
                                  units.came(child).sql(),
                                  present(key),
                                  keys.join(key, "c", "s"),
                                  orphan(key)))));
        }
      }
    }
    return brings;
  }

  private Step.Compare.Skip skip(Snapshot.ForeignKey key, Step.Mend mend) {
    if (mend.key().isEmpty()) {
      draft.refuse(
          "rows",
          "%s has no key, so that none of its rows can be left out".formatted(mend.table()),
          "Leave out --orphans skip.");
    }
    String orphans =
        "FROM %s AS c WHERE %s AND %s".formatted(mend.came().sql(), present(key), orphan(key));
    List<String> sql = new ArrayList<>();
    sql.add(
        "INSERT INTO %s SELECT %s %s"
            .formatted(mend.kept().sql(), columns("c", mend.columns()), orphans));
    sql.addAll(new MendSql(mend).leaveOut());
    return new Step.Compare.Skip(
        mend.table(),
        key.name(),
        "SELECT ROW(%s)::pg_catalog.text AS k %s LIMIT 5"
            .formatted(columns("c", mend.key().isEmpty() ? mend.columns() : mend.key()), orphans),
        sql);
  }

  private List<QualifiedName> touched(QualifiedName table) {
    List<QualifiedName> found = new ArrayList<>(units.under(table));
    units.above(table).ifPresent(found::add);
    return found;
  }

  /// {@return the condition that a live row does not go, as far as its columns of the key tell}
  private String staying(QualifiedName unit, Snapshot.ForeignKey key) {
    List<String> columns = units.columns(unit);
    String mine = columns("c", columns);
    return columns.containsAll(key.columns())
        ? " AND NOT EXISTS (SELECT 1 FROM %s AS g WHERE ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record)"
            .formatted(units.gone(unit).sql(), columns("g", columns), mine)
        : "";
  }

  private void add(Snapshot.ForeignKey key, String rows) {
    ForeignKeyDefinition definition = MendKeys.definition(key);
    String from = rows + " AND " + orphan(key);
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

  /// {@return the condition that row c will have no parent: none comes, and there is none or it goes}
  private String orphan(Snapshot.ForeignKey key) {
    List<QualifiedName> parents = touched(key.references());
    String live =
        "EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
            .formatted(units.live(key.references()), keys.join(key, "c", "p"));
    return parents.isEmpty()
        ? "NOT " + live
        : "NOT %s AND (NOT %s OR %s)"
            .formatted(
                anyOf(key, parents.stream().map(units::came).toList()),
                live,
                anyOf(key, parents.stream().map(units::gone).toList()));
  }

  private String anyOf(Snapshot.ForeignKey key, List<QualifiedName> rows) {
    return "("
        + String.join(
            " OR ",
            rows.stream()
                .map(table ->
                    "EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
                        .formatted(table.sql(), keys.join(key, "c", "p")))
                .toList())
        + ")";
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

  private static String columns(String alias, List<String> names) {
    String prefix = alias.isEmpty() ? "" : alias + ".";
    return String.join(", ", names.stream().map(name -> prefix + Sql.quote(name)).toList());
  }
}
