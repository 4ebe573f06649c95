package dev.pgmend.diff;

import static java.util.stream.Collectors.joining;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// The SQL that compares a table with rows of the backup that wait in a temporary table, by image: `*=` calls 1.0 and 1.00
/// different, and `=` does not. What differs is collected in a second temporary table, whose `b` is the backup's row and whose `l`
/// the live one, either of them null where there is none.
final class DiffSql {
  private final String live;
  private final QualifiedName staged;
  private final QualifiedName found;
  private final List<Column> columns;
  private final List<String> key;
  private final List<String> operators;
  private final String row;

  /// A column of the backup.
  ///
  /// @param inBoth whether the live table has it, too
  /// @param cast the live type that the backup's text has to be cast to, "" where it has the live type already
  /// @param asText whether both sides are compared as text
  record Column(String name, boolean inBoth, String cast, boolean asText) {}

  /// @param live the table as it stands after FROM
  /// @param key empty to tell rows apart by all of their values
  DiffSql(
      String live,
      QualifiedName staged,
      QualifiedName found,
      List<Column> columns,
      List<String> key,
      List<String> operators) {
    this.live = live;
    this.staged = staged;
    this.found = found;
    this.columns = List.copyOf(columns);
    this.key = List.copyOf(key);
    this.operators = List.copyOf(operators);
    this.row = unused(columns);
  }

  /// An alias that is the name of a column would mean the column.
  private static String unused(List<Column> columns) {
    String alias = "pgmend row";
    while (true) {
      String candidate = alias;
      if (columns.stream().noneMatch(column -> column.name().equals(candidate))) {
        return Sql.quote(alias);
      }
      alias += "_";
    }
  }

  /// Creates the table for the backup's rows: columns as the live table has them, without its constraints; text for others.
  String createStaged() {
    String list =
        columns.stream()
            .map(column ->
                column.inBoth() && column.cast().isEmpty()
                    ? "l." + Sql.quote(column.name())
                    : "NULL::pg_catalog.text AS " + Sql.quote(column.name()))
            .collect(joining(", "));
    return "CREATE TEMPORARY TABLE %s AS SELECT %s FROM %s AS l LIMIT 0"
        .formatted(staged.sql(), list, live);
  }

  /// {@return how many keys of the backup or of the table occur more than once or are null}
  String countBadKeys() {
    String bad =
        "SELECT 1 FROM %s AS k GROUP BY "
            + key.stream().map(Sql::quote).collect(joining(", "))
            + " HAVING pg_catalog.count(*) > 1 OR "
            + key.stream()
                .map(column -> "pg_catalog.bool_or(" + Sql.quote(column) + " IS NULL)")
                .collect(joining(" OR "));
    return "SELECT pg_catalog.count(*) AS n FROM (%s UNION ALL %s) AS x"
        .formatted(bad.formatted(staged.sql()), bad.formatted(live));
  }

  /// {@return the statements that collect what differs}
  List<String> collect() {
    List<String> all = new ArrayList<>();
    all.add(
        "CREATE TEMPORARY TABLE %s (kind \"char\", b %s, l %s)"
            .formatted(found.sql(), staged.sql(), staged.sql()));
    String into = "INSERT INTO " + found.sql() + " ";
    if (key.isEmpty()) {
      String missing =
          "SELECT %s x.r%s FROM %s AS x WHERE NOT EXISTS (SELECT 1 FROM %s AS y WHERE y.i = x.i AND y.n = x.n)";
      all.add(into + missing.formatted("'m', ", ", NULL", numbered(true), numbered(false)));
      all.add(into + missing.formatted("'n', NULL, ", "", numbered(false), numbered(true)));
      return all;
    }
    all.add(
        into
            + "SELECT CASE WHEN l.%s IS NULL THEN 'm' ELSE 'c' END, s.%s, CASE WHEN l.%s IS NOT NULL THEN %s END FROM %s AS s LEFT JOIN %s AS l ON %s WHERE l.%s IS NULL OR NOT (%s)"
                .formatted(
                    first(),
                    row,
                    first(),
                    liveRow(),
                    "(SELECT %s.*, %s AS %s FROM %s AS %s)"
                        .formatted(row, row, row, staged.sql(), row),
                    live,
                    keyEquals(),
                    first(),
                    same()));
    all.add(
        into
            + "SELECT 'n', NULL, %s FROM %s AS l WHERE NOT EXISTS (SELECT 1 FROM %s AS s WHERE %s)"
                .formatted(liveRow(), live, staged.sql(), keyEquals()));
    return all;
  }

  /// {@return a query for how many rows differ and how}
  String counts() {
    return "SELECT pg_catalog.count(*) FILTER (WHERE kind = 'm') AS missing, pg_catalog.count(*) FILTER (WHERE kind = 'c') AS changed, pg_catalog.count(*) FILTER (WHERE kind = 'n') AS newer FROM "
        + found.sql();
  }

  /// {@return a query for how many of the changed rows differ in each column that both have, as an array}
  String changedColumns() {
    return "SELECT ARRAY[%s]::pg_catalog.text[] AS counts FROM %s WHERE kind = 'c'"
        .formatted(
            compared().stream()
                .map(column -> "pg_catalog.count(*) FILTER (WHERE %s)".formatted(differs(column)))
                .collect(joining(", ")),
            found.sql());
  }

  /// {@return a query for some rows: the values of both sides as arrays of text, and which columns differ}
  String samples(char kind, int limit, int shown) {
    return "SELECT ARRAY[%s]::pg_catalog.text[] AS backup, ARRAY[%s]::pg_catalog.text[] AS live, ARRAY[%s]::pg_catalog.text[] AS differs FROM %s WHERE kind = '%s'%s LIMIT %d"
        .formatted(
            values("b", shown), values("l", shown), flags(), found.sql(), kind, order(), limit);
  }

  /// {@return a query for what some rows are called, which is their key or, without one, all of their values, and which columns differ}
  String names(char kind, int limit, int shown) {
    List<String> named = key.isEmpty() ? columns.stream().map(Column::name).toList() : key;
    String side = kind == 'n' ? "l" : "b";
    return "SELECT pg_catalog.left(ROW(%s)::pg_catalog.text, %d) AS name, ARRAY[%s]::pg_catalog.text[] AS differs FROM %s WHERE kind = '%s'%s LIMIT %d"
        .formatted(
            named.stream()
                .map(column -> "(%s).%s".formatted(side, Sql.quote(column)))
                .collect(joining(", ")),
            shown,
            flags(),
            found.sql(),
            kind,
            order(),
            limit);
  }

  /// {@return a COPY of everything that differs, as CSV; a changed row is two lines}
  String csv() {
    String flags =
        compared().stream()
            .map(column ->
                "CASE WHEN %s THEN %s END".formatted(differs(column), Sql.literal(column.name())))
            .collect(joining(", "));
    String list = flags.isEmpty() ? "NULL" : flags;
    String query =
        "SELECT CASE kind WHEN 'm' THEN 'missing' WHEN 'n' THEN 'newer' ELSE 'changed' END AS \"difference\", v.side AS \"side\", CASE WHEN kind = 'c' THEN pg_catalog.concat_ws(', ', %s) END AS \"changed columns\"%s FROM %s AS d CROSS JOIN LATERAL (VALUES (1, 'backup', (d.b)), (2, 'live', (d.l))) AS v(number, side, r) WHERE (v.number = 1) = (kind = 'm') OR kind = 'c'%s, v.number"
            .formatted(
                list,
                columns.stream()
                    .map(column ->
                        ", (v.r).%s AS %s"
                            .formatted(Sql.quote(column.name()), Sql.quote(column.name())))
                    .collect(joining()),
                found.sql(),
                order());
    return "COPY (%s) TO STDOUT (FORMAT csv, HEADER)".formatted(query);
  }

  List<Column> compared() {
    return columns.stream().filter(Column::inBoth).toList();
  }

  List<Column> columns() {
    return columns;
  }

  private String order() {
    return " ORDER BY kind"
        + key.stream()
            .map(column ->
                ", coalesce((b).%s, (l).%s)".formatted(Sql.quote(column), Sql.quote(column)))
            .collect(joining());
  }

  private String values(String side, int shown) {
    return columns.stream()
        .map(column ->
            "pg_catalog.left((%s).%s::pg_catalog.text, %d)"
                .formatted(side, Sql.quote(column.name()), shown))
        .collect(joining(", "));
  }

  private String flags() {
    return columns.stream()
        .map(column -> column.inBoth() ? "(" + differs(column) + ")::pg_catalog.text" : "'false'")
        .collect(joining(", "));
  }

  /// The two sides of a column that both have, in the table of what differs.
  private static String differs(Column column) {
    String name = Sql.quote(column.name());
    String backup = "(b)." + name;
    String live = "(l)." + name;
    if (!column.cast().isEmpty() && !column.asText()) {
      backup += "::" + column.cast();
      live += "::" + column.cast();
    }
    return "NOT (ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record)"
        .formatted(backup, live);
  }

  private String liveRow() {
    return "ROW(%s)::%s"
        .formatted(
            columns.stream()
                .map(column ->
                    !column.inBoth()
                        ? "NULL"
                        : "l."
                            + Sql.quote(column.name())
                            + (column.cast().isEmpty() ? "" : "::pg_catalog.text"))
                .collect(joining(", ")),
            staged.sql());
  }

  private String numbered(boolean backup) {
    String relation = backup ? staged.sql() : live;
    String alias = backup ? row : "l";
    String image = "ROW(%s)::pg_catalog.text".formatted(side(alias));
    return "(SELECT %s AS r, %s AS i, pg_catalog.row_number() OVER (PARTITION BY %s) AS n FROM %s AS %s)"
        .formatted(backup ? row : liveRow(), image, image, relation, alias);
  }

  private String same() {
    return "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(%s)::pg_catalog.record"
        .formatted(side("s"), side("l"));
  }

  /// The columns that both have, as they are compared.
  private String side(String alias) {
    boolean isLive = alias.equals("l");
    return compared().stream()
        .map(column -> {
          String value = alias + "." + Sql.quote(column.name());
          if (column.asText()) {
            return value + "::pg_catalog.text";
          }
          return isLive || column.cast().isEmpty() ? value : value + "::" + column.cast();
        })
        .collect(joining(", "));
  }

  private String first() {
    return Sql.quote(key.getFirst());
  }

  private String keyEquals() {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      String column = Sql.quote(key.get(i));
      parts.add("l.%s %s s.%s".formatted(column, operators.get(i), column));
    }
    return String.join(" AND ", parts);
  }
}
