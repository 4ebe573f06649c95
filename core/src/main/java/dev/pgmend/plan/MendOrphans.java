package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Counts, before a mend changes anything, the rows that a foreign key would find no parent for: rows that come whose parents are
/// gone, and live rows of any table whose parents go. Rows that nobody touches have their parents, for the key is valid.
final class MendOrphans {
  /// The columns that a key's own action gives NULL, where it names them.
  private static final Pattern SET_NULL = Pattern.compile(" ON DELETE SET NULL \\(([^()]*)\\)");

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
    if (draft.request.orphans().reaches()
        && draft.request.policy().conflicts() != RowPolicy.Conflicts.FAIL) {
      draft.refuse(
          "rows",
          "what --orphans does about rows without parents is found out before the change, and rows that someone writes after that cannot be kept or replaced",
          "Leave out --on-conflict: if someone writes such a row, nothing is changed.");
    }
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      // A key that is not valid has orphans by right; the server still refuses new ones, for which
      // it is let go.
      if (!key.validated() || MendKeys.definition(key).notEnforced()) {
        continue;
      }
      List<String> nulls = nulls(key);
      boolean later = !keys.atOnce(key);
      OrphanRemedies remedies = new OrphanRemedies(draft, units::restored);
      for (QualifiedName unit : touched(key.table())) {
        add(
            key,
            coming(key, unit),
            units.referring(unit)
                ? remedies.leaving(key, true, nulls, later)
                : remedies.coming(key, true, nulls, later));
      }
      if (draft.request.policy().rows().changes() && !touched(key.references()).isEmpty()) {
        boolean reachable =
            units.under(key.references()).stream().noneMatch(units::referring)
                && units.above(key.references()).filter(units::referring).isEmpty();
        add(key, leaving(key, key.table()), remedies.leaving(key, reachable, nulls, later));
      }
    }
  }

  /// {@return what is done about rows without parents, if the user wants anything to be done}
  List<MendStep.Compare.Settled> orphaned(List<MendStep.Mend> mends) {
    List<MendStep.Compare.Settled> all = new ArrayList<>();
    Request.Orphans choice = draft.request.orphans();
    if (choice != Request.Orphans.SKIP && !choice.reaches()) {
      return all;
    }
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (!key.validated()
          || MendKeys.definition(key).notEnforced()
          || !countable(key, MendKeys.definition(key))) {
        continue;
      }
      for (MendStep.Mend mend : mends) {
        if (!touched(key.table()).contains(mend.table())) {
          continue;
        }
        keyed(mend);
        if (choice != Request.Orphans.NULL) {
          if (!units.referring(mend.table())) {
            all.add(leftOut(key, mend));
          }
        } else if (!nulls(key).isEmpty()) {
          all.add(comesWithNull(key, mend));
        }
        if (!touched(key.references()).isEmpty() && draft.request.policy().rows().changes()) {
          if (choice == Request.Orphans.DELETE) {
            all.add(removed(key, mend));
          } else if (choice == Request.Orphans.NULL && !nulls(key).isEmpty()) {
            all.add(givenNull(key, mend));
          }
        }
      }
    }
    return all;
  }

  /// {@return the columns of a unit that may be given NULL because what they refer to is gone}
  List<String> nulled(QualifiedName unit) {
    return draft.request.orphans() != Request.Orphans.NULL
        ? List.of()
        : draft.target.foreignKeys().stream()
            .filter(key -> key.validated() && touched(key.table()).contains(unit))
            .flatMap(key -> nulls(key).stream())
            .distinct()
            .toList();
  }

  /// The columns of a key that say "no parent" if they are NULL: those that its own action would set, or all that may be NULL. Where
  /// the key matches fully, that is all or none.
  private List<String> nulls(Snapshot.ForeignKey key) {
    Relation live = draft.target.relation(key.table()).orElse(null);
    if (live == null) {
      return List.of();
    }
    Matcher own = SET_NULL.matcher(key.definition());
    List<String> nulls =
        (own.find() ? Sql.names(own.group(1)) : key.columns())
            .stream()
                .filter(name ->
                    live.column(name)
                        .filter(column -> !column.notNull() && column.generated() == 0)
                        .isPresent())
                .toList();
    return MendKeys.definition(key).matchType().equals("full")
            && nulls.size() < key.columns().size()
        ? List.of()
        : nulls;
  }

  /// Rows that come and have no parent.
  private String coming(Snapshot.ForeignKey key, QualifiedName unit) {
    return "FROM %s AS c WHERE %s AND %s"
        .formatted(units.came(unit).sql(), present(key), orphan(key));
  }

  /// Live rows whose parents go and that stay.
  private String leaving(Snapshot.ForeignKey key, QualifiedName rows) {
    return "FROM %s AS c WHERE %s AND %s%s AND %s"
        .formatted(
            units.live(rows),
            present(key),
            anyOf(key, touched(key.references()).stream().map(units::gone).toList()),
            String.join("", touched(key.table()).stream().map(unit -> staying(unit, key)).toList()),
            orphan(key));
  }

  private void keyed(MendStep.Mend mend) {
    if (mend.key().isEmpty() && !units.referring(mend.table())) {
      draft.refuse(
          "rows",
          "%s has no key, so that none of its rows can be left out or changed"
              .formatted(mend.table()),
          "Leave out --orphans %s."
              .formatted(draft.request.orphans().name().toLowerCase(java.util.Locale.ROOT)));
    }
  }

  /// {@return what brings the parents of rows that come, if the user wants that}
  List<MendStep.Compare.Bring> brings(List<MendStep.Mend> mends) {
    List<MendStep.Compare.Bring> brings = new ArrayList<>();
    if (draft.request.orphans() != Request.Orphans.WITH_PARENTS) {
      return brings;
    }
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (MendKeys.definition(key).notEnforced() || !countable(key, MendKeys.definition(key))) {
        continue;
      }
      for (MendStep.Mend parent : mends) {
        if (!units.under(key.references()).contains(parent.table())
            || parent.key().isEmpty()
            || !parent.columns().containsAll(key.referencedColumns())) {
          continue;
        }
        for (QualifiedName child : units.under(key.table())) {
          brings.add(
              new MendStep.Compare.Bring(
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

  private MendStep.Compare.Settled leftOut(Snapshot.ForeignKey key, MendStep.Mend mend) {
    String orphans = coming(key, mend.table());
    List<String> sql = new ArrayList<>();
    sql.add(
        "INSERT INTO %s SELECT %s %s"
            .formatted(mend.kept().sql(), columns("c", mend.columns()), orphans));
    sql.addAll(new MendSql(mend).leaveOut());
    return new MendStep.Compare.Settled(
        mend.table(), "left out", why(key), sample(mend, orphans), sql, List.of());
  }

  private MendStep.Compare.Settled comesWithNull(Snapshot.ForeignKey key, MendStep.Mend mend) {
    String orphans = coming(key, mend.table());
    String from = "FROM " + mend.came().sql() + " AS c";
    List<String> sql = new ArrayList<>();
    sql.add(
        "UPDATE %s AS c SET %s%s"
            .formatted(
                mend.came().sql(),
                String.join(
                    ", ", nulls(key).stream().map(name -> Sql.quote(name) + " = NULL").toList()),
                orphans.substring(from.length())));
    if (!mend.key().isEmpty()) {
      sql.addAll(new MendSql(mend).forgetDone());
    }
    return new MendStep.Compare.Settled(
        mend.table(), givenNull(key), why(key), sample(mend, orphans), sql, nulls(key));
  }

  private MendStep.Compare.Settled removed(Snapshot.ForeignKey key, MendStep.Mend mend) {
    return new MendStep.Compare.Settled(
        mend.table(),
        "removed",
        why(key),
        sample(mend, leaving(key, mend.table())),
        List.of(
            "INSERT INTO %s (%s) SELECT %s %s"
                .formatted(
                    mend.gone().sql(),
                    names(images(mend)),
                    columns("c", images(mend)),
                    leaving(key, mend.table()))),
        List.of());
  }

  private MendStep.Compare.Settled givenNull(Snapshot.ForeignKey key, MendStep.Mend mend) {
    List<String> nulls = nulls(key);
    String names = names(images(mend));
    return new MendStep.Compare.Settled(
        mend.table(),
        givenNull(key),
        why(key),
        sample(mend, leaving(key, mend.table())),
        List.of(
            "WITH g AS (INSERT INTO %s (%s) SELECT %s %s RETURNING *) INSERT INTO %s (%s) SELECT %s FROM g"
                .formatted(
                    mend.gone().sql(),
                    names,
                    columns("c", images(mend)),
                    leaving(key, mend.table()),
                    mend.came().sql(),
                    names,
                    String.join(
                        ", ",
                        images(mend).stream()
                            .map(name -> nulls.contains(name) ? "NULL" : "g." + Sql.quote(name))
                            .toList()))),
        nulls);
  }

  private static String why(Snapshot.ForeignKey key) {
    return "for foreign key %s has no parent for them".formatted(key.name());
  }

  private String givenNull(Snapshot.ForeignKey key) {
    return "given NULL in " + names(nulls(key));
  }

  private static String sample(MendStep.Mend mend, String rows) {
    return "SELECT ROW(%s)::pg_catalog.text AS k %s LIMIT 5"
        .formatted(columns("c", mend.key().isEmpty() ? mend.columns() : mend.key()), rows);
  }

  private static List<String> images(MendStep.Mend mend) {
    return Stream.concat(mend.columns().stream(), mend.added().stream()).toList();
  }

  private static String names(List<String> columns) {
    return String.join(", ", columns.stream().map(Sql::quote).toList());
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

  private void add(Snapshot.ForeignKey key, String from, String remedy) {
    ForeignKeyDefinition definition = MendKeys.definition(key);
    boolean mine = draft.target.relation(key.table()).map(Relation::mine).orElse(false);
    draft.verify.add(
        new CheckStep.CountOrphans(
            key.name(),
            key.table(),
            countable(key, definition),
            draft.request.orphans() == Request.Orphans.NOT_VALID && !keys.atOnce(key) && mine,
            "SELECT count(*) " + from,
            "SELECT DISTINCT ROW(%s)::pg_catalog.text AS k %s LIMIT 5"
                .formatted(columns("c", key.columns()), from),
            remedy));
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
