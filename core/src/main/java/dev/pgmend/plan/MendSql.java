package dev.pgmend.plan;

import static java.util.stream.Collectors.joining;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The SQL of a [MendStep.Mend]: find the rows that differ by image, and replace the ones by the others.
///
/// Images are compared with `*=`, which calls 1.0 and 1.00 different, never with `=`. Keys are compared by the
/// index's own operators, because an `=` looked up by name is another one under another search_path. Rows without
/// a key are told apart by the text of the whole row and counted: a row that the backup has three times ends up there three times.
public final class MendSql {
  private final MendStep.Mend step;
  private final String target;
  private final String scope;

  public MendSql(MendStep.Mend step) {
    this(step, "");
  }

  /// The same where not all rows of the backup are staged.
  ///
  /// @param scope SQL for whether a live row l may be other than the backup says, "" if any may be: the rows that are not staged are
  ///     all there
  public MendSql(MendStep.Mend step, String scope) {
    this.scope = scope;
    this.step = step;
    this.target = (step.only() ? "ONLY " : "") + step.table().sql();
  }

  /// {@return the statements that change the rows, in the order in which they run}
  List<String> statements() {
    List<String> all = new ArrayList<>(List.of(lock()));
    all.addAll(step.quiet());
    if (!step.key().isEmpty()) {
      all.add(hold(step.gone(), true));
      all.add(countConflicts());
    }
    all.add(delete(step.gone(), step.came()));
    if (!step.key().isEmpty()) {
      all.add(update(step.gone(), step.came(), false));
    }
    all.add(insert(step.gone(), step.came(), false));
    all.addAll(step.loud());
    return all;
  }

  /// Lets readers and writers go on, unless what follows would keep them out: who asks for more while he holds something is asking
  /// for a deadlock.
  public String lock() {
    boolean triggersOnly = step.quiet().stream().allMatch(sql -> sql.contains(" DISABLE TRIGGER "));
    return "LOCK TABLE %s IN %s MODE"
        .formatted(
            target,
            step.quiet().isEmpty()
                ? "ROW EXCLUSIVE"
                : triggersOnly ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE");
  }

  /// {@return the table as FROM takes it}
  String target() {
    return target;
  }

  /// {@return the statements that find the rows that differ, in the order in which they run}
  public List<String> compare() {
    return List.of(
        collectCame(),
        "ANALYZE " + step.came().sql(),
        collectGone(),
        "ANALYZE " + step.gone().sql(),
        "CREATE TABLE %s (LIKE %s)".formatted(step.kept().sql(), step.came().sql()),
        "CREATE TABLE %s AS SELECT %s FROM %s AS c WITH NO DATA"
            .formatted(step.conflicts().sql(), columns(step.key(), "c"), step.came().sql()));
  }

  /// The rows that come: the backup's that the live table does not have and, where these are to be changed back, has otherwise.
  public String collectCame() {
    return "CREATE TABLE %s AS %s".formatted(step.came().sql(), came());
  }

  /// The rows that go: live ones that `came` has otherwise and, where these are to be dropped, that the backup does not have.
  /// Which rows change is told from `came`, so that a condition is not asked twice about the same row.
  public String collectGone() {
    List<String> parts = new ArrayList<>();
    if (!step.key().isEmpty() && rows().changes()) {
      parts.add(
          "SELECT %s FROM %s AS l WHERE EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
              .formatted(image(), target, step.came().sql(), keyEquals("c", "l")));
    }
    if (rows().drops()) {
      parts.add(newer());
    }
    if (parts.isEmpty()) {
      parts.add("SELECT %s FROM %s AS l WHERE false".formatted(image(), target));
    }
    return "CREATE TABLE %s AS %s".formatted(step.gone().sql(), String.join(" UNION ALL ", parts));
  }

  /// {@return a query whose single boolean says whether the live rows are what the change was to make them}
  public String changed() {
    if (step.key().isEmpty()) {
      String same = "SELECT NOT EXISTS (%s)".formatted(came());
      return rows().drops() ? same + " AND NOT EXISTS (%s)".formatted(newer()) : same;
    }
    return "SELECT NOT EXISTS (SELECT 1 FROM %s AS c WHERE NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s AND %s)) AND NOT EXISTS (SELECT 1 FROM %s AS g JOIN %s AS l ON %s WHERE NOT EXISTS (SELECT 1 FROM %s AS c WHERE %s))"
        .formatted(
            step.came().sql(),
            target,
            keyEquals("l", "c"),
            same("l", "c"),
            step.gone().sql(),
            target,
            keyEquals("l", "g"),
            step.came().sql(),
            keyEquals("c", "g"));
  }

  /// {@return a query for rows that are not what the change was to make them: kind, name, differs (the columns), and n, how many there
  /// are of the kind}
  ///
  /// @param limit how many rows of each kind
  /// @param shown how many characters of a name
  public String unlike(int limit, int shown) {
    List<String> parts = new ArrayList<>();
    if (step.key().isEmpty()) {
      parts.add(named("MISSING", "x", step.columns(), shown) + " FROM (%s) AS x".formatted(came()));
      if (rows().drops()) {
        parts.add(
            named("EXTRA", "x", step.columns(), shown) + " FROM (%s) AS x".formatted(newer()));
      }
    } else {
      String lost = "l.%s IS NULL".formatted(Sql.quote(step.key().getFirst()));
      parts.add(
          "SELECT CASE WHEN %s THEN 'MISSING' ELSE 'CHANGED' END AS kind, pg_catalog.left(ROW(%s)::pg_catalog.text, %d) AS name, ARRAY[%s]::pg_catalog.text[] AS differs FROM %s AS c LEFT JOIN %s AS l ON %s WHERE %s OR NOT (%s)"
              .formatted(
                  lost,
                  columns(step.key(), "c"),
                  shown,
                  step.columns().stream()
                      .map(column ->
                          "CASE WHEN NOT (%s OR %s) THEN %s END"
                              .formatted(
                                  lost, same(List.of(column), "l", "c"), Sql.literal(column)))
                      .collect(joining(", ")),
                  step.came().sql(),
                  target,
                  keyEquals("l", "c"),
                  lost,
                  same("l", "c")));
      parts.add(
          named("EXTRA", "l", step.key(), shown)
              + " FROM %s AS g JOIN %s AS l ON %s WHERE NOT EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
                  .formatted(
                      step.gone().sql(),
                      target,
                      keyEquals("l", "g"),
                      step.came().sql(),
                      keyEquals("c", "g")));
    }
    return "SELECT kind, name, pg_catalog.array_remove(differs, NULL) AS differs, n FROM (SELECT d.*, pg_catalog.count(*) OVER (PARTITION BY kind) AS n, pg_catalog.row_number() OVER (PARTITION BY kind ORDER BY name) AS place FROM (%s) AS d) AS numbered WHERE place <= %d ORDER BY kind, place"
        .formatted(String.join(" UNION ALL ", parts), limit);
  }

  private static String named(String kind, String alias, List<String> columns, int shown) {
    return "SELECT '%s' AS kind, pg_catalog.left(ROW(%s)::pg_catalog.text, %d) AS name, '{}'::pg_catalog.text[] AS differs"
        .formatted(kind, columns(columns, alias), shown);
  }

  /// {@return a query that asks the user's condition of no row}
  public String condition() {
    return "SELECT 1 AS n FROM %s LIMIT 0".formatted(meant(target, "l"));
  }

  /// {@return a query for the number of rows of the table}
  public String countLive() {
    return "SELECT count(*) FROM " + target;
  }

  /// {@return a query for some keys that several staged rows have; keyed tables only}
  public String sharedKeys() {
    return "SELECT ROW(%1$s)::pg_catalog.text AS k FROM ONLY %2$s AS s GROUP BY %1$s HAVING count(*) > 1 LIMIT 5"
        .formatted(columns(step.key(), "s"), step.staged().sql());
  }

  /// Locks the live rows whose keys are in `rows`; keyed tables only.
  ///
  /// @param entirely whether nobody may come to refer to them either
  public String hold(QualifiedName rows, boolean entirely) {
    return "SELECT count(*) FROM (SELECT 1 FROM %s AS l JOIN %s AS g ON %s FOR %sUPDATE OF l) AS held"
        .formatted(target, rows.sql(), keyEquals("l", "g"), entirely ? "" : "NO KEY ");
  }

  /// Locks those of the rows that only change: others may go on referring to them; keyed tables only.
  public String holdChanged(QualifiedName rows) {
    return heldFrom(rows, "", "NO KEY ");
  }

  /// Locks those of the rows that go, so that nobody may come to refer to them; keyed tables only.
  public String holdLeaving(QualifiedName rows) {
    return heldFrom(rows, "NOT ", "");
  }

  private String heldFrom(QualifiedName rows, String which, String strength) {
    return "SELECT count(*) FROM (SELECT 1 FROM %s AS l JOIN %s AS g ON %s WHERE %sEXISTS (SELECT 1 FROM %s AS c WHERE %s) FOR %sUPDATE OF l) AS held"
        .formatted(
            target,
            rows.sql(),
            keyEquals("l", "g"),
            which,
            step.came().sql(),
            keyEquals("c", "g"),
            strength);
  }

  /// {@return how many rows are not as they were compared; keyed tables only}
  public String countConflicts() {
    return "SELECT (SELECT count(*) FROM %s AS g WHERE NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s AND %s)) + (SELECT count(*) FROM %s AS c JOIN %s AS l ON %s WHERE NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s))"
        .formatted(
            step.gone().sql(),
            target,
            keyEquals("l", "g"),
            unchanged("l", "g"),
            step.came().sql(),
            target,
            keyEquals("l", "c"),
            step.gone().sql(),
            keyEquals("g", "c"));
  }

  /// Leaves out what someone else has done already: rows that are what they were to be, and rows that were to go and have gone.
  public List<String> forgetDone() {
    return List.of(
        "DELETE FROM %s AS g USING %s AS c, %s AS l WHERE %s AND %s AND %s"
            .formatted(
                step.gone().sql(),
                step.came().sql(),
                target,
                keyEquals("c", "g"),
                keyEquals("l", "g"),
                same("l", "c")),
        "DELETE FROM %s AS c USING %s AS l WHERE %s AND %s"
            .formatted(step.came().sql(), target, keyEquals("l", "c"), same("l", "c")),
        "DELETE FROM %s AS g WHERE NOT EXISTS (SELECT 1 FROM %s AS c WHERE %s) AND NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s)"
            .formatted(
                step.gone().sql(),
                step.came().sql(),
                keyEquals("c", "g"),
                target,
                keyEquals("l", "g")));
  }

  /// {@return the statements that take the rows of `kept` out of what is to change; keyed tables only}
  List<String> leaveOut() {
    return List.of(step.came(), step.gone()).stream()
        .map(rows ->
            "DELETE FROM %s AS r USING %s AS k WHERE %s"
                .formatted(rows.sql(), step.kept().sql(), keyEquals("k", "r")))
        .toList();
  }

  /// Keeps the keys of the rows that are not as they were compared.
  public String collectConflicts() {
    return "INSERT INTO %s SELECT %s FROM %s AS g WHERE NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s AND %s) UNION ALL SELECT %s FROM %s AS c JOIN %s AS l ON %s WHERE NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
        .formatted(
            step.conflicts().sql(),
            columns(step.key(), "g"),
            step.gone().sql(),
            target,
            keyEquals("l", "g"),
            unchanged("l", "g"),
            columns(step.key(), "c"),
            step.came().sql(),
            target,
            keyEquals("l", "c"),
            step.gone().sql(),
            keyEquals("g", "c"));
  }

  /// Keeps the keys of further rows that someone has made differ from the backup since they were compared, in a table where all
  /// are to be as in the backup.
  public String collectLater() {
    return "INSERT INTO %s SELECT %s FROM (%s) AS c WHERE %s AND %s UNION ALL SELECT %s FROM (%s) AS c WHERE %s AND %s"
        .formatted(
            step.conflicts().sql(),
            columns(step.key(), "c"),
            came(),
            absent(step.came()),
            absent(step.kept()),
            columns(step.key(), "c"),
            newer(),
            absent(step.gone()),
            absent(step.kept()));
  }

  private String absent(QualifiedName rows) {
    return "NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s)".formatted(rows.sql(), keyEquals("k", "c"));
  }

  /// {@return a query for some keys of rows that are not as they were compared}
  public String sampleConflicts() {
    return "SELECT ROW(%s)::pg_catalog.text AS k FROM %s AS c LIMIT 5"
        .formatted(columns(step.key(), "c"), step.conflicts().sql());
  }

  /// Leaves the rows that were written meanwhile as they are.
  public List<String> keepLive() {
    return List.of(
        "INSERT INTO %s SELECT c.* FROM %s AS c JOIN %s AS x ON %s"
            .formatted(
                step.kept().sql(), step.came().sql(), step.conflicts().sql(), keyEquals("x", "c")),
        without(step.came()),
        without(step.gone()));
  }

  private String without(QualifiedName rows) {
    return "DELETE FROM %s AS r USING %s AS x WHERE %s"
        .formatted(rows.sql(), step.conflicts().sql(), keyEquals("x", "r"));
  }

  /// Compares the rows that were written meanwhile again; of rows that were lost only, the backup's stay what is to come.
  public List<String> takeBackup() {
    List<String> all = new ArrayList<>(List.of(without(step.gone())));
    if (rows().changes()) {
      all.add(without(step.came()));
      all.add(again(step.came(), came()));
    }
    all.add(
        "INSERT INTO %s SELECT %s FROM %s AS l JOIN %s AS x ON %s WHERE EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
            .formatted(
                step.gone().sql(),
                image(),
                target,
                step.conflicts().sql(),
                keyEquals("x", "l"),
                step.came().sql(),
                keyEquals("c", "l")));
    if (rows().drops()) {
      all.add(again(step.gone(), newer()));
    }
    return all;
  }

  private String again(QualifiedName into, String query) {
    return "INSERT INTO %s SELECT %s FROM (%s) AS c JOIN %s AS x ON %s"
        .formatted(
            into.sql(), columns(images(), "c"), query, step.conflicts().sql(), keyEquals("x", "c"));
  }

  /// {@return a query whose single boolean says whether a table without a key still differs as it did when it was compared}
  public String stillDiffers() {
    String came =
        "SELECT (SELECT count(*) FROM (%s) AS c) = (SELECT count(*) FROM %s)"
            .formatted(came(), step.came().sql());
    return rows().drops()
        ? came
            + " AND (SELECT count(*) FROM (%s) AS g) = (SELECT count(*) FROM %s)"
                .formatted(newer(), step.gone().sql())
        : came;
  }

  private RowPolicy.Rows rows() {
    return step.policy().rows();
  }

  /// Adds the rows of the backup for which the condition holds and whose keys are not there and do not come yet.
  ///
  /// @param condition SQL on the backup's row s
  String bring(String condition) {
    return "INSERT INTO %s SELECT %s FROM ONLY %s AS s WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s) AND NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s)"
        .formatted(
            step.came().sql(),
            columns("s"),
            step.staged().sql(),
            condition,
            target,
            keyEquals("l", "s"),
            step.came().sql(),
            keyEquals("k", "s"));
  }

  /// The backup's rows that come, with today's values of the columns that the backup does not have, NULL in rows that were lost.
  private String came() {
    return step.added().isEmpty()
        ? different()
        : "SELECT %s, %s FROM (%s) AS c LEFT JOIN %s AS x ON %s"
            .formatted(
                columns("c"), columns(step.added(), "x"), different(), target, keyEquals("x", "c"));
  }

  private String different() {
    if (rows() == RowPolicy.Rows.REFERRED || rows() == RowPolicy.Rows.ORPHANED) {
      return "SELECT %s FROM ONLY %s AS s WHERE false".formatted(columns("s"), step.staged().sql());
    }
    if (step.key().isEmpty()) {
      return "SELECT %s FROM %s WHERE %s"
          .formatted(
              columns("s"),
              numbered(meant("ONLY " + step.staged().sql(), "s"), "s"),
              unmatched(numbered(target + " AS l", "l"), "s", "l"));
    }
    List<String> chosen = step.policy().columns();
    boolean whole = chosen.isEmpty() && rows().changes();
    String lost =
        "SELECT %s FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s%s)"
            .formatted(
                columns("s"),
                meant("ONLY " + step.staged().sql(), "s"),
                target,
                keyEquals("l", "s"),
                whole ? " AND " + same("l", "s") : "");
    if (whole || !rows().changes()) {
      return lost;
    }
    return "%s UNION ALL SELECT %s FROM %s JOIN %s AS l ON %s WHERE NOT (%s)"
        .formatted(
            lost,
            step.columns().stream()
                .map(column -> (chosen.contains(column) ? "s." : "l.") + Sql.quote(column))
                .collect(joining(", ")),
            meant("ONLY " + step.staged().sql(), "s"),
            target,
            keyEquals("l", "s"),
            same(chosen, "l", "s"));
  }

  /// The live rows that the backup does not have.
  private String newer() {
    if (step.key().isEmpty()) {
      return "SELECT %s FROM %s WHERE %s"
          .formatted(
              columns("l"),
              numbered(meant(target, "l"), "l"),
              unmatched(numbered("ONLY %s AS s".formatted(step.staged().sql()), "s"), "l", "s"));
    }
    String where = step.policy().where();
    boolean more = !where.isEmpty() && !step.added().isEmpty();
    return "SELECT %s FROM %s WHERE NOT EXISTS (SELECT 1 FROM ONLY %s AS s WHERE %s)%s"
            .formatted(
                image(),
                more || where.isEmpty() ? target + " AS l" : meant(target, "l"),
                step.staged().sql(),
                keyEquals("s", "l"),
                more
                    ? " AND EXISTS (SELECT 1 FROM (SELECT %s) AS %s WHERE (\n%s\n))"
                        .formatted(columns("l"), Sql.quote(step.table().name()), where)
                    : "")
        + (scope.isEmpty() ? "" : " AND " + scope);
  }

  /// The rows of a relation that the user means.
  private String meant(String relation, String alias) {
    return RowCondition.rows(relation, step.table(), step.columns(), step.policy().where(), alias);
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
            unchanged("l", "g"),
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
            unchanged("l", "g"));
  }

  /// Deletes the rows of `gone` that have a successor in `came`; keyed tables only.
  public String deletePaired(QualifiedName gone, QualifiedName came) {
    return "DELETE FROM %s AS l USING %s AS g WHERE %s AND %s AND EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
        .formatted(
            target,
            gone.sql(),
            keyEquals("l", "g"),
            unchanged("l", "g"),
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

  /// Inserts the rows of `rows` that are not in `others` and whose keys are not there; keyed tables only.
  public String insertLost(QualifiedName rows, QualifiedName others) {
    return insert(others, rows, true)
        + " AND NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s)".formatted(target, keyEquals("l", "c"));
  }

  /// {@return how many rows are not as the change has left them; keyed tables only}
  public String countChangedSince() {
    return "SELECT count(*) FROM (%s) AS x".formatted(changedSince());
  }

  /// {@return a query for some of their keys}
  public String sampleChangedSince() {
    return "SELECT x.k FROM (%s) AS x LIMIT 5".formatted(changedSince());
  }

  private String changedSince() {
    return "SELECT ROW(%s)::pg_catalog.text AS k FROM %s AS c WHERE NOT EXISTS (SELECT 1 FROM %s AS l WHERE %s AND %s) UNION ALL SELECT ROW(%s)::pg_catalog.text FROM %s AS g WHERE EXISTS (SELECT 1 FROM %s AS l WHERE %s) AND NOT EXISTS (SELECT 1 FROM %s AS c WHERE %s)"
        .formatted(
            columns(step.key(), "c"),
            step.came().sql(),
            target,
            keyEquals("l", "c"),
            unchanged("l", "c"),
            columns(step.key(), "g"),
            step.gone().sql(),
            target,
            keyEquals("l", "g"),
            step.came().sql(),
            keyEquals("c", "g"));
  }

  private List<String> settable() {
    List<String> chosen = step.policy().columns();
    return step.columns().stream()
        .filter(
            column -> chosen.isEmpty() || chosen.contains(column) || step.nulled().contains(column))
        .filter(column -> !step.fixed().contains(column))
        .toList();
  }

  private static String assignments(List<String> settable) {
    return settable.stream()
        .map(column -> Sql.quote(column) + " = c." + Sql.quote(column))
        .collect(joining(", "));
  }

  /// Inserts all rows of `came`, which are live ones, as they are or were.
  public String insertAll(QualifiedName came) {
    return "INSERT INTO %s%s OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS c"
        .formatted(
            step.table().sql(), Step.columnList(images()), columns(images(), "c"), came.sql());
  }

  /// Inserts the rows of `came` that have a predecessor in `gone`; keyed tables only.
  public String insertPaired(QualifiedName gone, QualifiedName came) {
    return insertAll(came)
        + " WHERE EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
            .formatted(gone.sql(), keyEquals("g", "c"));
  }

  /// {@return the statement that notes in `came` what the rows that came have in columns that the backup does not have}
  public String noteAdded() {
    return "UPDATE %s AS c SET %s FROM %s AS l WHERE %s"
        .formatted(
            step.came().sql(),
            step.added().stream()
                .map(column -> Sql.quote(column) + " = l." + Sql.quote(column))
                .collect(joining(", ")),
            target,
            keyEquals("l", "c"));
  }

  /// Inserts the rows of `came` that have no predecessor in `gone`.
  ///
  /// @param whole whether the rows were live ones: else columns that the backup does not have get their defaults
  public String insert(QualifiedName gone, QualifiedName came, boolean whole) {
    List<String> columns = whole ? images() : step.columns();
    String where =
        step.key().isEmpty()
            ? ""
            : " WHERE NOT EXISTS (SELECT 1 FROM %s AS g WHERE %s)"
                .formatted(gone.sql(), keyEquals("g", "c"));
    if (columns.isEmpty()) {
      return "INSERT INTO %s SELECT FROM %s AS c%s"
          .formatted(step.table().sql(), came.sql(), where);
    }
    return "INSERT INTO %s%s OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS c%s"
        .formatted(
            step.table().sql(), Step.columnList(columns), columns(columns, "c"), came.sql(), where);
  }

  /// Rows without a key, each with its image and a number among those of the same image.
  ///
  /// @param rows what stands after FROM, with its alias
  private String numbered(String rows, String alias) {
    return "(SELECT *, %s AS \"pgmend image\", pg_catalog.row_number() OVER (PARTITION BY %s) AS \"pgmend number\" FROM %s) AS %s"
        .formatted(image(alias), image(alias), rows, alias);
  }

  private static String unmatched(String rows, String mine, String theirs) {
    return "NOT EXISTS (SELECT 1 FROM %s WHERE %s.\"pgmend image\" = %s.\"pgmend image\" AND %s.\"pgmend number\" = %s.\"pgmend number\")"
        .formatted(rows, theirs, mine, theirs, mine);
  }

  private String columns(String alias) {
    return columns(step.columns(), alias);
  }

  private static String columns(List<String> columns, String alias) {
    return columns.stream().map(column -> alias + "." + Sql.quote(column)).collect(joining(", "));
  }

  /// The columns that tell whether someone has written a live row.
  private List<String> images() {
    return Stream.concat(step.columns().stream(), step.added().stream()).toList();
  }

  private String image() {
    return columns(images(), "l");
  }

  private String unchanged(String one, String other) {
    return same(images(), one, other);
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

  String keyEquals(String one, String other) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < step.key().size(); i++) {
      String column = Sql.quote(step.key().get(i));
      parts.add("%s.%s %s %s.%s".formatted(one, column, step.keyOperators().get(i), other, column));
    }
    return String.join(" AND ", parts);
  }
}
