package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Counts rows of other tables that a foreign key's ON DELETE CASCADE can have taken with rows that come back: the user may know
/// only one victim of the accident.
final class FallenRows {
  private final Draft draft;
  private final MendUnits units;
  private final MendKeys keys;

  FallenRows(Draft draft, MendUnits units, MendKeys keys) {
    this.draft = draft;
    this.units = units;
    this.keys = keys;
  }

  /// Adds the counts to the plan.
  void plan(List<MendStep.Mend> mends) {
    int number = 0;
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (key.deleteAction() != 'c'
          || units.restored(key.table())
          || MendKeys.definition(key).notEnforced()
          || MendKeys.definition(key).period()) {
        continue;
      }
      List<MendStep.Mend> parents =
          mends.stream()
              .filter(mend -> units.under(key.references()).contains(mend.table()))
              .filter(mend -> mend.columns().containsAll(key.referencedColumns()))
              .toList();
      List<Entry> data = data(key.table());
      boolean readable = draft.target.relation(key.table()).map(Relation::readable).orElse(false);
      if (!parents.isEmpty() && !data.isEmpty() && readable) {
        draft.verify.add(count(key, parents, data, draft.own("fallen_" + ++number)));
      }
    }
  }

  /// {@return the backup's rows of a table and its partitions, those that can be copied}
  private List<Entry> data(QualifiedName table) {
    Ownership ownership = draft.closure.ownership();
    List<Entry> data = new ArrayList<>();
    for (QualifiedName part : units.descendants(table)) {
      ownership.relation(part).stream()
          .flatMap(entry -> ownership.belongings(entry).stream())
          .filter(entry -> entry.desc().equals("TABLE DATA") && entry.copyStmt() != null)
          .forEach(data::add);
    }
    return data;
  }

  private CheckStep.CountFallen count(
      Snapshot.ForeignKey key,
      List<MendStep.Mend> parents,
      List<Entry> data,
      QualifiedName staged) {
    String child = key.table().sql();
    List<String> coming = new ArrayList<>();
    List<String> referred = new ArrayList<>();
    for (MendStep.Mend parent : parents) {
      coming.add("(" + new MendSql(parent).countUnpaired(parent.came(), parent.gone()) + ")");
      referred.add(
          "EXISTS (SELECT 1 FROM %s AS p WHERE %s)"
              .formatted(parent.came().sql(), keys.join(key, "c", "p")));
    }
    return new CheckStep.CountFallen(
        key.name(),
        key.table(),
        key.references(),
        "SELECT %s > 0".formatted(String.join(" + ", coming)),
        "CREATE UNLOGGED TABLE %s AS SELECT * FROM %s WITH NO DATA".formatted(staged.sql(), child),
        data.stream()
            .map(rows ->
                new LoadStep.Load(
                    Entries.name(draft.closure.ownership().root(rows)),
                    staged,
                    EntrySql.copyTarget(rows).columns(),
                    List.of(rows.dumpId())))
            .toList(),
        "SELECT count(*) FROM %s AS c WHERE %s AND (%s) AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)%s"
            .formatted(
                staged.sql(),
                MendKeys.present(key, "c"),
                String.join(" OR ", referred),
                units.live(key.references()),
                keys.join(key, "c", "p"),
                there(key.table())));
  }

  /// Rows that are there under the same key refer to something else today.
  private String there(QualifiedName child) {
    Optional<Snapshot.Key> key =
        draft.target.keys().stream()
            .filter(found ->
                found.table().equals(child) && found.operators().size() == found.columns().size())
            .findFirst();
    if (key.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.get().columns().size(); i++) {
      String column = Sql.quote(key.get().columns().get(i));
      parts.add("l.%s %s c.%s".formatted(column, key.get().operators().get(i), column));
    }
    return " AND NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s)"
        .formatted(units.live(child), String.join(" AND ", parts));
  }
}
