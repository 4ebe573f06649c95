package dev.pgmend.plan;

import dev.pgmend.catalog.UniqueIndex;
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
  void plan(List<Step.Mend> mends) {
    for (Step.Mend mend : mends) {
      for (UniqueIndex index : indexes(mend)) {
        String from = clashing(mend, index);
        draft.verify.add(
            new Step.CountClashes(
                mend.table(),
                index.name(),
                "SELECT count(*) " + from,
                "SELECT %s AS k %s LIMIT 5".formatted(name(mend), from),
                remedy(mend)));
      }
    }
  }

  /// {@return what leaves such rows out, if the user wants that}
  List<Step.Compare.Settled> settled(List<Step.Mend> mends) {
    List<Step.Compare.Settled> all = new ArrayList<>();
    if (draft.request.policy().conflicts() != RowPolicy.Conflicts.KEEP_LIVE) {
      return all;
    }
    for (Step.Mend mend : mends) {
      for (UniqueIndex index : mend.key().isEmpty() ? List.<UniqueIndex>of() : indexes(mend)) {
        String from = clashing(mend, index);
        List<String> sql = new ArrayList<>();
        sql.add(
            "INSERT INTO %s SELECT %s %s"
                .formatted(mend.kept().sql(), columns("c", mend.columns()), from));
        sql.addAll(new MendSql(mend).leaveOut());
        all.add(
            new Step.Compare.Settled(
                mend.table(),
                "left out",
                "for other rows have their values in %s (--on-conflict keep-live)"
                    .formatted(Sql.quote(index.name())),
                "SELECT %s AS k %s LIMIT 5".formatted(name(mend), from),
                sql));
      }
    }
    return all;
  }

  private String remedy(Step.Mend mend) {
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
  private List<UniqueIndex> indexes(Step.Mend mend) {
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

  /// {@return FROM and WHERE for rows `c` that come and find another row in their place}
  private String clashing(Step.Mend mend, UniqueIndex index) {
    MendSql sql = new MendSql(mend);
    String stays =
        mend.key().isEmpty()
            ? "NOT EXISTS (SELECT 1 FROM %s AS g WHERE ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record)"
                .formatted(
                    mend.gone().sql(), columns("g", mend.columns()), columns("l", mend.columns()))
            : "NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
                .formatted(mend.gone().sql(), sql.keyEquals("g", "l"));
    String live =
        "EXISTS (SELECT 1 FROM %s WHERE %s AND %s)"
            .formatted(values(sql.target(), index, "l"), same(index, "c", "l"), stays);
    String other =
        mend.key().isEmpty()
            ? ""
            : " OR EXISTS (SELECT 1 FROM %s WHERE %s AND NOT (%s))"
                .formatted(
                    values(mend.came().sql(), index, "o"),
                    same(index, "c", "o"),
                    sql.keyEquals("o", "c"));
    return "FROM %s WHERE (%s%s)".formatted(values(mend.came().sql(), index, "c"), live, other);
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

  private static String name(Step.Mend mend) {
    return "ROW(%s)::pg_catalog.text"
        .formatted(columns("c", mend.key().isEmpty() ? mend.columns() : mend.key()));
  }

  private static String columns(String alias, List<String> names) {
    return String.join(", ", names.stream().map(name -> alias + "." + Sql.quote(name)).toList());
  }
}
