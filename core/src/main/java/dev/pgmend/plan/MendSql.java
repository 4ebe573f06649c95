package dev.pgmend.plan;

import static java.util.stream.Collectors.joining;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// The SQL of a [Step.Mend]: find the rows that differ by image, and replace the ones by the others.
///
/// Images are compared with `*=`, which calls 1.0 and 1.00 different, never with `=`. Keys are compared by the
/// index's own operators, because an `=` looked up by name is another one under another search_path. Rows without
/// a key are told apart by the text of the whole row and counted: a row that the backup has three times ends up there three times.
public final class MendSql {
  private final Step.Mend step;
  private final String target;

  public MendSql(Step.Mend step) {
    this.step = step;
    this.target = (step.only() ? "ONLY " : "") + step.table().sql();
  }

  /// {@return the statements in the order in which they run}
  List<String> statements() {
    List<String> all = new ArrayList<>(List.of(lock()));
    all.add(collectGone());
    all.add(collectCame());
    all.addAll(step.quiet());
    all.add(delete(step.gone(), step.came()));
    if (!step.key().isEmpty()) {
      all.add(update(step.gone(), step.came(), false));
    }
    all.add(insert(step.gone(), step.came()));
    all.addAll(step.loud());
    return all;
  }

  /// Keeps writers out and lets readers go on, unless what follows would keep them out too: who asks for more while he holds
  /// something is asking for a deadlock.
  public String lock() {
    boolean triggersOnly = step.quiet().stream().allMatch(sql -> sql.contains(" DISABLE TRIGGER "));
    return "LOCK TABLE %s IN %s MODE"
        .formatted(target, triggersOnly ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE");
  }

  /// The live rows that the backup does not have, or has otherwise.
  public String collectGone() {
    return "CREATE TABLE %s AS SELECT %s FROM %s WHERE %s"
        .formatted(
            step.gone().sql(),
            columns("l"),
            numbered(target, "l"),
            missing("ONLY " + step.staged().sql(), "l", "s"));
  }

  /// The backup's rows that the live table does not have, or has otherwise.
  public String collectCame() {
    return "CREATE TABLE %s AS SELECT %s FROM %s WHERE %s"
        .formatted(
            step.came().sql(),
            columns("s"),
            numbered("ONLY " + step.staged().sql(), "s"),
            missing(target, "s", "l"));
  }

  /// {@return a query whose single boolean says whether the live rows are the staged ones}
  public String same() {
    return "SELECT NOT EXISTS (SELECT 1 FROM %s WHERE %s) AND NOT EXISTS (SELECT 1 FROM %s WHERE %s)"
        .formatted(
            numbered(target, "l"),
            missing("ONLY " + step.staged().sql(), "l", "s"),
            numbered("ONLY " + step.staged().sql(), "s"),
            missing(target, "s", "l"));
  }

  /// {@return how many rows are in `one` and, by key, not in `other`}
  public String countUnpaired(QualifiedName one, QualifiedName other) {
    if (step.key().isEmpty()) {
      return "SELECT count(*) FROM %s".formatted(one.sql());
    }
    return "SELECT count(*) FROM %s AS a WHERE NOT EXISTS (SELECT 1 FROM %s AS b WHERE %s)"
        .formatted(one.sql(), other.sql(), keyEquals("a", "b"));
  }

  /// {@return how many rows of the two are versions of the same row}
  public String countPaired(QualifiedName one, QualifiedName other) {
    return step.key().isEmpty()
        ? "SELECT 0::bigint"
        : "SELECT count(*) FROM %s AS a JOIN %s AS b ON %s"
            .formatted(one.sql(), other.sql(), keyEquals("a", "b"));
  }

  /// Deletes the rows of `gone` that have no successor in `came`.
  public String delete(QualifiedName gone, QualifiedName came) {
    if (step.key().isEmpty()) {
      return """
      DELETE FROM %s AS l USING (SELECT x.o, x.c FROM (SELECT l.tableoid AS o, l.ctid AS c, %s AS i, \
      pg_catalog.row_number() OVER (PARTITION BY %s) AS n FROM %s AS l) AS x \
      JOIN (SELECT %s AS i, pg_catalog.row_number() OVER (PARTITION BY %s) AS n FROM %s AS g) AS y \
      ON x.i = y.i AND x.n = y.n) AS d WHERE l.tableoid = d.o AND l.ctid = d.c\
      """
          .formatted(target, image("l"), image("l"), target, image("g"), image("g"), gone.sql());
    }
    return "DELETE FROM %s AS l USING %s AS g WHERE %s AND %s AND NOT EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
        .formatted(
            target,
            gone.sql(),
            keyEquals("l", "g"),
            same("l", "g"),
            came.sql(),
            keyEquals("c", "g"));
  }

  /// {@return how many rows have an equal key that is written otherwise, as 1.0 and 1.00}
  public String countRewrittenKeys(QualifiedName gone, QualifiedName came) {
    return "SELECT count(*) FROM %s AS g JOIN %s AS c ON %s WHERE NOT (%s)"
        .formatted(gone.sql(), came.sql(), keyEquals("g", "c"), same(step.key(), "g", "c"));
  }

  /// Changes the rows of `gone` into their successors in `came`; keyed tables only.
  ///
  /// @param keys whether key columns are set, too. Where a table has a BEFORE trigger, even a disabled one, an UPDATE that sets them
  ///     waits for everyone whose rows refer to the changed ones, and who may be waiting for the table himself
  public String update(QualifiedName gone, QualifiedName came, boolean keys) {
    List<String> settable =
        settable().stream().filter(column -> keys || !step.key().contains(column)).toList();
    if (settable.isEmpty()) {
      return "SELECT 1 WHERE false";
    }
    return "UPDATE %s AS l SET %s FROM %s AS g, %s AS c WHERE %s AND %s AND %s"
        .formatted(
            target,
            assignments(settable),
            gone.sql(),
            came.sql(),
            keyEquals("g", "c"),
            keyEquals("l", "g"),
            same("l", "g"));
  }

  /// Deletes the rows of `gone` that have a successor in `came`; keyed tables only.
  public String deletePaired(QualifiedName gone, QualifiedName came) {
    return "DELETE FROM %s AS l USING %s AS g WHERE %s AND %s AND EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
        .formatted(
            target,
            gone.sql(),
            keyEquals("l", "g"),
            same("l", "g"),
            came.sql(),
            keyEquals("c", "g"));
  }

  /// Deletes the rows that are in `came` and not in `gone`, whatever they have become since; keyed tables only.
  public String deleteByKey(QualifiedName came, QualifiedName gone) {
    return "DELETE FROM %s AS l USING %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
        .formatted(target, came.sql(), keyEquals("l", "c"), gone.sql(), keyEquals("g", "c"));
  }

  /// Deletes the rows whose keys are in `rows`, whatever they have become since; keyed tables only.
  public String deleteByKey(QualifiedName rows) {
    return "DELETE FROM %s AS l USING %s AS c WHERE %s"
        .formatted(target, rows.sql(), keyEquals("l", "c"));
  }

  /// Changes the rows whose keys are in `rows` into those, whatever they have become since; keyed tables only.
  public String updateByKey(QualifiedName rows) {
    List<String> settable = settable();
    if (settable.isEmpty()) {
      return "SELECT 1 WHERE false";
    }
    return "UPDATE %s AS l SET %s FROM %s AS c WHERE %s AND NOT (%s)"
        .formatted(target, assignments(settable), rows.sql(), keyEquals("l", "c"), same("l", "c"));
  }

  /// Inserts the rows of `rows` whose keys are not there; keyed tables only.
  public String insertAbsent(QualifiedName rows) {
    return insertAll(rows)
        + " WHERE NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s)"
            .formatted(target, keyEquals("l", "c"));
  }

  private List<String> settable() {
    return step.columns().stream().filter(column -> !step.fixed().contains(column)).toList();
  }

  private static String assignments(List<String> settable) {
    return settable.stream()
        .map(column -> Sql.quote(column) + " = c." + Sql.quote(column))
        .collect(joining(", "));
  }

  /// Inserts all rows of `came`.
  public String insertAll(QualifiedName came) {
    return "INSERT INTO %s%s OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS c"
        .formatted(step.table().sql(), Step.columnList(step.columns()), columns("c"), came.sql());
  }

  /// Inserts the rows of `came` that have no predecessor in `gone`.
  public String insert(QualifiedName gone, QualifiedName came) {
    String where =
        step.key().isEmpty()
            ? ""
            : " WHERE NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
                .formatted(gone.sql(), keyEquals("g", "c"));
    if (step.columns().isEmpty()) {
      return "INSERT INTO %s SELECT FROM %s AS c%s"
          .formatted(step.table().sql(), came.sql(), where);
    }
    return "INSERT INTO %s%s OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS c%s"
        .formatted(
            step.table().sql(), Step.columnList(step.columns()), columns("c"), came.sql(), where);
  }

  private String numbered(String relation, String alias) {
    if (!step.key().isEmpty()) {
      return relation + " AS " + alias;
    }
    return "(SELECT *, %s AS \"pgmend image\", pg_catalog.row_number() OVER (PARTITION BY %s) AS \"pgmend number\" FROM %s AS %s) AS %s"
        .formatted(image(alias), image(alias), relation, alias, alias);
  }

  private String missing(String relation, String mine, String theirs) {
    String condition =
        step.key().isEmpty()
            ? "%s.\"pgmend image\" = %s.\"pgmend image\" AND %s.\"pgmend number\" = %s.\"pgmend number\""
                .formatted(theirs, mine, theirs, mine)
            : keyEquals(theirs, mine) + " AND " + same(theirs, mine);
    return "NOT EXISTS (SELECT 1 FROM %s WHERE %s)"
        .formatted(numbered(relation, theirs), condition);
  }

  private String columns(String alias) {
    return columns(step.columns(), alias);
  }

  private static String columns(List<String> columns, String alias) {
    return columns.stream().map(column -> alias + "." + Sql.quote(column)).collect(joining(", "));
  }

  private String image(String alias) {
    return "ROW(%s)::pg_catalog.text".formatted(columns(alias));
  }

  private String same(String one, String other) {
    return same(step.columns(), one, other);
  }

  private static String same(List<String> columns, String one, String other) {
    return "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record"
        .formatted(columns(columns, one), columns(columns, other));
  }

  private String keyEquals(String one, String other) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < step.key().size(); i++) {
      String column = Sql.quote(step.key().get(i));
      parts.add("%s.%s %s %s.%s".formatted(one, column, step.keyOperators().get(i), other, column));
    }
    return String.join(" AND ", parts);
  }

  /// {@return statements that tell the planner how few rows differ}
  public List<String> analyze() {
    return List.of("ANALYZE " + step.gone().sql(), "ANALYZE " + step.came().sql());
  }
}
