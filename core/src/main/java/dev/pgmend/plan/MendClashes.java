package dev.pgmend.plan;

import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.UniqueIndex;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// Counts, before a mend changes anything, the rows that cannot come because other rows have their values in a unique key or an
/// exclusion constraint: live ones that stay, or others that come, where the key is newer than the backup.
final class MendClashes {
  private final Draft draft;

  MendClashes(Draft draft) {
    this.draft = draft;
  }

  /// Adds the counts to the plan.
  void plan(List<MendStep.Mend> mends) {
    for (MendStep.Mend mend : mends) {
      for (Clash clash : clashes(mend)) {
        UniqueIndex index = clash.index();
        String from = clash.from();
        draft.verify.add(
            new CheckStep.CountClashes(
                mend.table(),
                index.name(),
                "SELECT count(*) " + from,
                "SELECT %s AS k %s LIMIT 5".formatted(name(mend), from),
                remedy(mend)));
      }
    }
  }

  /// {@return what leaves such rows out, if the user wants that}
  List<MendStep.Compare.Settled> settled(List<MendStep.Mend> mends) {
    List<MendStep.Compare.Settled> all = new ArrayList<>();
    if (draft.request.policy().conflicts() != RowPolicy.Conflicts.KEEP_LIVE) {
      return all;
    }
    for (MendStep.Mend mend : mends) {
      for (Clash clash : mend.key().isEmpty() ? List.<Clash>of() : clashes(mend)) {
        UniqueIndex index = clash.index();
        String from = clash.from();
        List<String> sql = new ArrayList<>();
        sql.add(
            "INSERT INTO %s SELECT %s %s"
                .formatted(mend.kept().sql(), columns("c", mend.columns()), from));
        sql.addAll(new MendSql(mend).leaveOut());
        all.add(
            new MendStep.Compare.Settled(
                mend.table(),
                "left out",
                "for other rows have their values in %s (--on-conflict keep-live)"
                    .formatted(Sql.quote(index.name())),
                "SELECT %s AS k %s LIMIT 5".formatted(name(mend), from),
                sql,
                List.of()));
      }
    }
    return all;
  }

  private String remedy(MendStep.Mend mend) {
    String where =
        "--where leaves them out, or give the other rows of %s other values first"
            .formatted(mend.table());
    return mend.key().isEmpty()
        ? where + "."
        : draft.request.orphans().reaches()
            ? where + "."
            : "--on-conflict keep-live leaves them out; " + where + ".";
  }

  /// The indexes of which the backup has all values, but for that of the key that tells rows apart.
  private List<UniqueIndex> indexes(MendStep.Mend mend) {
    return draft.target.uniques().stream()
        .filter(index -> index.table().equals(mend.table()))
        .filter(index -> mend.columns().containsAll(index.columns()))
        .filter(index -> index.operators().size() == index.expressions().size())
        .filter(index ->
            !index.predicate().isEmpty()
                || mend.key().isEmpty()
                || !index.columns().containsAll(mend.key())
                || index.operators().stream().anyMatch(op -> !op.equals("OPERATOR(pg_catalog.=)")))
        .toList();
  }

  /// Rows `c` that come and find others in their place.
  ///
  /// @param from FROM and WHERE of a query for them
  private record Clash(UniqueIndex index, String from) {}

  /// Each is one EXISTS, which the server makes a join of.
  private List<Clash> clashes(MendStep.Mend mend) {
    MendSql sql = new MendSql(mend);
    String stays =
        mend.key().isEmpty()
            ? "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record"
                .formatted(columns("g", mend.columns()), columns("l", mend.columns()))
            : sql.keyEquals("g", "l");
    List<Clash> clashes = new ArrayList<>();
    for (UniqueIndex index : indexes(mend)) {
      String from = "FROM %s WHERE EXISTS (SELECT 1 FROM %s WHERE %s AND %s)";
      String comes = values(mend.came().sql(), index, "c");
      clashes.add(
          new Clash(
              index,
              from.formatted(
                  comes,
                  values(sql.target(), index, "l"),
                  same(index, "c", "l"),
                  "NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
                      .formatted(mend.gone().sql(), stays))));
      // What the backup has of an index its own rows keep to.
      if (!mend.key().isEmpty() && !inBackup(mend, index)) {
        clashes.add(
            new Clash(
                index,
                from.formatted(
                    comes,
                    values(mend.came().sql(), index, "o"),
                    same(index, "c", "o"),
                    "NOT (%s)".formatted(sql.keyEquals("o", "c")))));
      }
    }
    return clashes;
  }

  private boolean inBackup(MendStep.Mend mend, UniqueIndex index) {
    return draft.closure.belongings().stream()
        .flatMap(entry -> Entries.object(entry).stream())
        .anyMatch(object ->
            object.equals(new ObjectId(ObjectId.Kind.CONSTRAINT, mend.table(), index.name()))
                || object.equals(
                    ObjectId.of(
                        ObjectId.Kind.RELATION,
                        new QualifiedName(mend.table().schema(), index.name()))));
  }

  /// The rows that the index is about, with what it compares.
  private static String values(String rows, UniqueIndex index, String alias) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < index.expressions().size(); i++) {
      values.add("%s AS \"pgmend %d\"".formatted(index.expressions().get(i), i));
    }
    return "(SELECT x.*, %s FROM %s AS x%s) AS %s"
        .formatted(
            String.join(", ", values),
            rows,
            index.predicate().isEmpty() ? "" : " WHERE (%s)".formatted(index.predicate()),
            alias);
  }

  private static String same(UniqueIndex index, String one, String other) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < index.expressions().size(); i++) {
      String mine = "%s.\"pgmend %d\"".formatted(one, i);
      String theirs = "%s.\"pgmend %d\"".formatted(other, i);
      String equal = "%s %s %s".formatted(mine, index.operators().get(i), theirs);
      parts.add(
          index.nullsEqual()
              ? "(%s OR %s IS NULL AND %s IS NULL)".formatted(equal, mine, theirs)
              : equal);
    }
    return String.join(" AND ", parts);
  }

  private static String name(MendStep.Mend mend) {
    return "ROW(%s)::pg_catalog.text"
        .formatted(columns("c", mend.key().isEmpty() ? mend.columns() : mend.key()));
  }

  private static String columns(String alias, List<String> names) {
    return String.join(", ", names.stream().map(name -> alias + "." + Sql.quote(name)).toList());
  }
}
