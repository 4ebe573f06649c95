package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.LoadStep.Convert.Retyped;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Gives staged columns the types of today. What a value has become must be the backup's when it is converted back; the hashes of all
/// rows, before and converted back, prove it. Where they differ the first such row is looked for.
final class Conversion {
  private static final int SHOWN = 60;

  private final Session session;
  private final LoadStep.Convert step;
  private final Map<Retyped, Casts> casts = new HashMap<>();

  /// How values get from one type into another.
  ///
  /// @param known whether the server has the backup's type
  /// @param direct whether it assigns values of the backup's type to the column; else they go as text
  /// @param back whether it casts the column's values to the backup's type; else they go as text
  /// @param collation the column's collation as a clause, "" if it is the type's
  private record Casts(boolean known, boolean direct, boolean back, String collation) {}

  Conversion(Session session, LoadStep.Convert step) {
    this.session = session;
    this.step = step;
  }

  /// Converts the columns in a transaction of its own.
  ///
  /// @return what was lost, for the user; "" if nothing
  String run() {
    session.begin();
    try {
      step.retyped().forEach(one -> casts.put(one, casts(one)));
      session.execute("SAVEPOINT \"pgmend types\"");
      RowSet before;
      RowSet after;
      try {
        before = read(this::before);
        session.execute(alter());
        after = read(this::after);
      } catch (SqlFailure failure) {
        if (!ofValues(failure)) {
          throw failure;
        }
        return differs(failure);
      }
      if (!after.matches(before)) {
        return differs(null);
      }
      session.commit();
      return "";
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }

  /// {@return whether it says that a value is none of the type, and not that something else is wrong}
  private static boolean ofValues(SqlFailure failure) {
    return failure.sqlState().startsWith("22") || failure.sqlState().startsWith("23");
  }

  private String differs(@Nullable SqlFailure failure) {
    session.execute("ROLLBACK TO SAVEPOINT \"pgmend types\"");
    if (!step.lossy()) {
      throw refusal(first(this::lost), failure);
    }
    try {
      session.execute(alter());
      session.commit();
    } catch (SqlFailure misfit) {
      if (!ofValues(misfit)) {
        throw misfit;
      }
      session.execute("ROLLBACK TO SAVEPOINT \"pgmend types\"");
      throw refusal(first(this::misfit), misfit);
    }
    return "%s: not all values of %s are the backup's when they are converted back (--accept-casts)"
        .formatted(
            step.table(),
            String.join(
                ", ", step.retyped().stream().map(one -> Sql.quote(one.column())).toList()));
  }

  private Casts casts(Retyped one) {
    return session
        .query(
            """
            with recursive names(name, type) as (values ('from', pg_catalog.to_regtype(?)), ('to', pg_catalog.to_regtype(?))),
            d(name, oid, base) as (
              select n.name, t.oid, t.typbasetype from names n join pg_catalog.pg_type t on t.oid = n.type
              union all select d.name, t.oid, t.typbasetype from d join pg_catalog.pg_type t on t.oid = d.base),
            b as (
              select (select oid from d where name = 'from' and base = 0) as source, (select oid from d where name = 'to' and base = 0) as target)
            select b.source is not null as known,
              coalesce(b.source = b.target or exists (select from pg_catalog.pg_cast c where c.castsource = b.source and c.casttarget = b.target
                and c.castcontext in ('a', 'i')) or (select t.typcategory = 'S' from pg_catalog.pg_type t where t.oid = b.target), false) as direct,
              coalesce(b.source = b.target or exists (select from pg_catalog.pg_cast c where c.castsource = b.target and c.casttarget = b.source), false)
                as back,
              coalesce((select ' COLLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
                from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
                join pg_catalog.pg_collation l on l.oid = a.attcollation join pg_catalog.pg_namespace n on n.oid = l.collnamespace
                where a.attrelid = ?::regclass and a.attname = ? and a.attcollation <> t.typcollation), '') as collation
            from b
            """,
            row ->
                new Casts(
                    row.flag("known"), row.flag("direct"), row.flag("back"), row.text("collation")),
            one.from(),
            one.to(),
            step.table().sql(),
            one.column())
        .getFirst();
  }

  private Casts of(Retyped one) {
    return Objects.requireNonNull(casts.get(one));
  }

  private String original(Retyped one) {
    return Sql.quote(one.column()) + "::" + (of(one).known() ? one.from() : "text");
  }

  private String converted(Retyped one) {
    return "%s%s::%s".formatted(original(one), of(one).direct() ? "" : "::text", one.to());
  }

  private String back(Retyped one, String value) {
    Casts how = of(one);
    return how.known()
        ? "%s%s::%s".formatted(value, how.back() ? "" : "::text", one.from())
        : value + "::text";
  }

  private String before(Retyped one) {
    return original(one);
  }

  private String after(Retyped one) {
    return back(one, Sql.quote(one.column()));
  }

  private RowSet read(Function<Retyped, String> expression) {
    List<String> columns = new ArrayList<>();
    for (String column : step.columns()) {
      columns.add(
          step.retyped().stream()
              .filter(one -> one.column().equals(column))
              .map(expression)
              .findFirst()
              .orElseGet(() -> Sql.quote(column)));
    }
    return new TableReader(session)
        .digest(
            "SELECT %s FROM ONLY %s".formatted(String.join(", ", columns), step.staged().sql()));
  }

  private String alter() {
    return "ALTER TABLE %s %s"
        .formatted(
            step.staged().sql(),
            String.join(
                ", ",
                step.retyped().stream()
                    .map(one ->
                        "ALTER COLUMN %s TYPE %s%s USING %s"
                            .formatted(
                                Sql.quote(one.column()),
                                one.to(),
                                of(one).collation(),
                                converted(one)))
                    .toList()));
  }

  /// {@return the condition that a value is another one when it is converted back}
  private String lost(Retyped one) {
    return "(%s)::text IS DISTINCT FROM (%s)::text"
        .formatted(original(one), back(one, "(" + converted(one) + ")"));
  }

  /// {@return a condition that no value satisfies and that some cannot be asked about}
  private String misfit(Retyped one) {
    return "(%s)::text IS NULL AND %s IS NOT NULL"
        .formatted(converted(one), Sql.quote(one.column()));
  }

  /// A row that does not fit.
  private record Misfit(String row, Retyped column, String value, String why) {}

  /// Finds the first row, in the backup's order, for which the condition holds or fails: by halves, for a statement that fails does not
  /// say where.
  private Misfit first(Function<Retyped, String> condition) {
    String any =
        String.join(
            " OR ", step.retyped().stream().map(one -> "(" + condition.apply(one) + ")").toList());
    long blocks =
        number(
            "SELECT pg_catalog.pg_relation_size(%s::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint"
                .formatted(Sql.literal(step.staged().sql())));
    long block = half(0, blocks, "(%d,0)", any);
    long row = half(0, 1 << 12, "(" + block + ",%d)", any);
    String where = "ctid = '(%d,%d)'".formatted(block, row);
    for (Retyped one : step.retyped()) {
      String why = trouble(where + " AND (" + condition.apply(one) + ")");
      if (why != null) {
        return session
            .queryText(
                "SELECT %s AS k, coalesce(%s, 'NULL') AS v FROM %s WHERE %s"
                    .formatted(
                        step.key().isEmpty()
                            ? "''"
                            : "ROW(%s)::pg_catalog.text"
                                .formatted(
                                    String.join(
                                        ", ", step.key().stream().map(Sql::quote).toList())),
                        Sql.quote(one.column()),
                        step.staged().sql(),
                        where),
                found ->
                    new Misfit(
                        step.key().isEmpty() ? "a row" : "row " + found.text("k"),
                        one,
                        shortened(found.text("v")),
                        why))
            .getFirst();
      }
    }
    throw new IllegalStateException("the row that does not fit is not to be found again");
  }

  /// {@return the last start of a range that holds the first such row, between `low` and `high`}
  private long half(long low, long high, String ctid, String any) {
    long from = low;
    long to = high;
    while (to - from > 1) {
      long middle = (from + to) / 2;
      String range =
          "ctid >= '%s' AND ctid < '%s' AND (%s)"
              .formatted(ctid.formatted(from), ctid.formatted(middle), any);
      if (trouble(range) != null) {
        to = middle;
      } else {
        from = middle;
      }
    }
    return from;
  }

  /// {@return why there is such a row, null if there is none}
  private @Nullable String trouble(String where) {
    session.execute("SAVEPOINT \"pgmend row\"");
    try {
      return number(
                  "SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT 1) AS r"
                      .formatted(step.staged().sql(), where))
              > 0
          ? "it is another value when it is converted back"
          : null;
    } catch (SqlFailure failure) {
      if (!ofValues(failure)) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT \"pgmend row\"");
      return failure.serverMessage();
    } finally {
      session.execute("RELEASE SAVEPOINT \"pgmend row\"");
    }
  }

  private long number(String query) {
    return session.queryText("SELECT (" + query + ") AS n", row -> row.number("n")).getFirst();
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + " …";
  }

  private PgmendException refusal(Misfit first, @Nullable SqlFailure cause) {
    return new PgmendException(
        Kind.REFUSED,
        "%s: %s of the backup has %s in column %s, which does not fit %s (it was %s): %s; the target is unchanged"
            .formatted(
                step.table(),
                first.row(),
                Sql.literal(first.value()),
                Sql.quote(first.column().column()),
                first.column().to(),
                first.column().from(),
                first.why()),
        step.lossy()
            ? "--mode beside restores the rows under another name, to be converted by hand; --mode swap replaces the table by the backup's."
            : "--accept-casts takes values as the server converts them, be it rounded or cut off; --mode beside restores the rows under another name; --mode swap replaces the table by the backup's.",
        cause);
  }
}
