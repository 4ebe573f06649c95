package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.RowOrigin;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Rows with values of type regclass or regtype. The names are loaded as text into a table aside and proved there; from there the rows
/// go into the staged table, where a name that means nothing yet is stood in for by an empty table. At the end of the cutover every
/// value gets what has its name then: what was restored, and not what that replaces. Not thread-safe.
final class Naming {
  private static final long NONE = -1;

  private final Work work;
  private final Session session;
  private final Plan plan;

  /// By the table what its names meant when they were loaded.
  private final Map<QualifiedName, Map<Name, Long>> loaded = new HashMap<>();

  /// By the table its rows as text: what they are in the end, too.
  private final Map<QualifiedName, RowSet> texts = new HashMap<>();

  private final Map<QualifiedName, String> rewritten = new HashMap<>();
  private int standIns;

  private record Column(String name, boolean types) {}

  private record Name(boolean type, String text) {}

  Naming(Work work) {
    this.work = work;
    this.session = work.session;
    this.plan = work.plan;
  }

  /// {@return whether the plan looks the names in these rows up again}
  boolean concerns(LoadStep.Load load) {
    return plan.cutover().stream()
        .anyMatch(
            step -> step instanceof FillStep.Rename rename && rename.table().equals(load.table()));
  }

  /// {@return whether there are columns of such types where the rows go}
  boolean has(LoadStep.Load load) {
    return !columns(load).isEmpty();
  }

  /// {@return the same load, into the table aside}
  LoadStep.Load aside(LoadStep.Load load) {
    return new LoadStep.Load(
        load.table(),
        plan.home().table("named"),
        load.columns(),
        load.entries(),
        load.verbatim(),
        Optional.empty(),
        List.of());
  }

  /// {@return the statement that makes the table aside}
  String create(LoadStep.Load load) {
    Set<String> named = columns(load).stream().map(Column::name).collect(Collectors.toSet());
    return "CREATE UNLOGGED TABLE %s AS SELECT %s FROM %s WITH NO DATA"
        .formatted(
            aside(load).into().sql(),
            load.columns().stream()
                .map(column ->
                    named.contains(column)
                        ? "%1$s::pg_catalog.text AS %1$s".formatted(Sql.quote(column))
                        : Sql.quote(column))
                .collect(Collectors.joining(", ")),
            load.into().sql());
  }

  /// Brings the rows from the table aside to where they belong, in the current transaction.
  ///
  /// @param text the rows aside
  void fill(LoadStep.Load load, RowSet text, boolean partitioned) {
    List<Column> columns = columns(load);
    String aside = aside(load).into().sql();
    Set<Name> names = new LinkedHashSet<>();
    for (Column column : columns) {
      session.queryText(
          "SELECT DISTINCT %1$s AS name FROM %2$s WHERE %1$s IS NOT NULL"
              .formatted(Sql.quote(column.name()), aside),
          row -> names.add(new Name(column.types(), row.text("name"))));
    }
    Map<Name, Long> oids = resolve(names);
    oids.replaceAll((name, oid) -> oid == NONE ? standIn(name) : oid);
    List<String> values = new ArrayList<>();
    List<String> back = new ArrayList<>();
    StringBuilder forth = new StringBuilder();
    StringBuilder home = new StringBuilder();
    for (String name : load.columns()) {
      Column column =
          columns.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
      String quoted = Sql.quote(name);
      if (column == null) {
        values.add("w." + quoted);
        back.add("w." + quoted);
        continue;
      }
      String alias = "m" + values.size();
      String mapping = mapping(oids, column.types());
      values.add("%s.oid::pg_catalog.%s".formatted(alias, type(column.types())));
      back.add("coalesce(%s.name, w.%s::pg_catalog.text)".formatted(alias, quoted));
      forth.append(
          " LEFT JOIN %s AS %s(oid, name) ON %2$s.name = w.%3$s COLLATE pg_catalog.\"C\""
              .formatted(mapping, alias, quoted));
      home.append(
          " LEFT JOIN %s AS %s(oid, name) ON %2$s.oid = w.%3$s::pg_catalog.oid"
              .formatted(mapping, alias, quoted));
    }
    session.execute(
        "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS w%s"
            .formatted(
                load.into().sql(),
                load.columns().stream().map(Sql::quote).collect(Collectors.joining(", ")),
                String.join(", ", values),
                aside,
                forth));
    String from = (partitioned ? "" : "ONLY ") + load.into().sql();
    if (distinct(oids) && text.hashed()) {
      RowSet there =
          new TableReader(session)
              .digest("SELECT %s FROM %s AS w%s".formatted(String.join(", ", back), from, home));
      if (!there.matches(text)) {
        throw differs(load, text.count(), there.count());
      }
    } else {
      long rows = work.statements.number("SELECT count(*) FROM " + from);
      if (rows != text.count()) {
        throw differs(load, text.count(), rows);
      }
    }
    session.execute("DROP TABLE " + aside);
    loaded.put(load.table(), oids);
    texts.put(load.table(), text);
  }

  private static ProofFailure differs(LoadStep.Load load, long sent, long found) {
    return new ProofFailure(
        "%s: %d rows were sent and %d rows, or others, are in staging once their names are looked up"
            .formatted(load.table(), sent, found),
        "Something has changed them on their way or in staging: another session, an event trigger, memory or a disk. Run it again; do not trust what fails so twice.",
        Optional.empty());
  }

  /// {@return whether no two names mean the same: what a value was loaded from can be told}
  private static boolean distinct(Map<Name, Long> oids) {
    Set<String> seen = new HashSet<>();
    return oids.entrySet().stream()
        .allMatch(entry -> seen.add("%s %d".formatted(entry.getKey().type(), entry.getValue())));
  }

  private static String type(boolean types) {
    return types ? "regtype" : "regclass";
  }

  private static String mapping(Map<Name, Long> oids, boolean types) {
    String rows =
        oids.entrySet().stream()
            .filter(entry -> entry.getKey().type() == types)
            .map(entry ->
                "(%d::pg_catalog.oid, %s::pg_catalog.text)"
                    .formatted(entry.getValue(), Sql.literal(entry.getKey().text())))
            .collect(Collectors.joining(", "));
    return rows.isEmpty()
        ? "(SELECT NULL::pg_catalog.oid, NULL::pg_catalog.text)"
        : "(VALUES %s)".formatted(rows);
  }

  /// {@return the columns that have such types where the rows go}
  private List<Column> columns(LoadStep.Load load) {
    return session.query(
        """
        select a.attname as name, b.type = 'pg_catalog.regtype'::pg_catalog.regtype as types
        from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
        cross join lateral (select case t.typtype when 'd' then t.typbasetype else t.oid end as type) b
        where a.attrelid = ?::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped and a.attname = any (?)
          and b.type in ('pg_catalog.regclass'::pg_catalog.regtype, 'pg_catalog.regtype'::pg_catalog.regtype)
        order by a.attnum
        """,
        row -> new Column(row.text("name"), row.flag("types")),
        load.into().sql(),
        load.columns().toArray(String[]::new));
  }

  /// {@return what names mean now, [#NONE] where it is nothing} A number, which stands for what was lost before the backup, means itself.
  private Map<Name, Long> resolve(Set<Name> names) {
    Map<Name, Long> oids = new LinkedHashMap<>();
    for (boolean types : new boolean[] {false, true}) {
      String values =
          names.stream()
              .filter(name -> name.type() == types)
              .map(name -> "(%s::pg_catalog.text)".formatted(Sql.literal(name.text())))
              .collect(Collectors.joining(", "));
      if (!values.isEmpty()) {
        session.queryText(
            "SELECT v.name, coalesce((CASE WHEN v.name = '-' THEN '0' WHEN v.name ~ '^[0-9]+$' THEN v.name::pg_catalog.oid ELSE pg_catalog.to_%1$s(v.name)::pg_catalog.oid END)::bigint, %2$d) AS oid FROM (VALUES %3$s) AS v(name)"
                .formatted(type(types), NONE, values),
            row -> oids.put(new Name(types, row.text("name")), row.number("oid")));
      }
    }
    return oids;
  }

  private long standIn(Name name) {
    QualifiedName table = plan.home().table("name_" + ++standIns);
    session.execute("CREATE TABLE %s ()".formatted(table.sql()));
    return work.statements.number(
        "SELECT c.%s::bigint FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
            .formatted(name.type() ? "reltype" : "oid", Sql.literal(table.sql())));
  }

  /// {@return the hash of a table's rows as they are in the end, if they have such values and were hashed}
  Optional<String> hash(QualifiedName table) {
    return Optional.ofNullable(texts.get(table)).filter(RowSet::hashed).map(RowSet::hash);
  }

  /// {@return who has written the rows of a table, if the cutover has written some of them anew}
  Optional<String> origin(QualifiedName table) {
    return Optional.ofNullable(rewritten.get(table));
  }

  /// Lets the values name what has their names now.
  void rename(FillStep.Rename step) {
    Map<Name, Long> before = Objects.requireNonNull(loaded.get(step.table()));
    Map<Name, Long> now = resolve(before.keySet());
    List<String> missing =
        now.entrySet().stream()
            .filter(entry -> entry.getValue() == NONE)
            .map(entry -> Sql.literal(entry.getKey().text()))
            .toList();
    if (!missing.isEmpty()) {
      throw missing(step.table(), missing);
    }
    Map<Name, Long> old = new LinkedHashMap<>(before);
    old.entrySet().removeIf(entry -> entry.getValue().equals(now.get(entry.getKey())));
    rewritten.remove(step.table());
    if (!old.isEmpty()) {
      write(step, old, now);
      old.values().forEach(this::dropStandIn);
    }
  }

  private PgmendException missing(QualifiedName table, List<String> names) {
    return new PgmendException(
        Kind.REFUSED,
        "rows of %s in the backup name relations or types that the target does not have: %s%s; the target is unchanged"
            .formatted(
                table,
                String.join(", ", names.stream().limit(8).toList()),
                names.size() > 8 ? "; and %d more".formatted(names.size() - 8) : ""),
        "Restore those before it or in the same run, or create something of these names first.");
  }

  private void write(FillStep.Rename step, Map<Name, Long> old, Map<Name, Long> now) {
    boolean partitioned =
        work.statements.flag(
            "SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
                .formatted(Sql.literal(step.table().sql())));
    String table = (partitioned ? "" : "ONLY ") + step.table().sql();
    LoadStep.Load into = new LoadStep.Load(step.table(), step.table(), step.columns(), List.of());
    List<String> quiet = new ArrayList<>();
    List<String> loud = new ArrayList<>();
    silence(step.table(), quiet, loud);
    quiet.forEach(session::execute);
    for (Column column : columns(into)) {
      String values =
          old.entrySet().stream()
              .filter(entry -> entry.getKey().type() == column.types())
              .map(entry ->
                  "(%d::pg_catalog.oid, %d::pg_catalog.oid)"
                      .formatted(entry.getValue(), now.get(entry.getKey())))
              .collect(Collectors.joining(", "));
      if (!values.isEmpty()) {
        session.updateText(
            "UPDATE %s AS h SET %2$s = m.new::pg_catalog.%3$s FROM (VALUES %4$s) AS m(old, new) WHERE h.%2$s::pg_catalog.oid = m.old"
                .formatted(table, Sql.quote(column.name()), type(column.types()), values));
      }
    }
    if (!work.effort.hashes()) {
      rewritten.put(
          step.table(), new RowOrigin(session).read(step.table(), partitioned, List.of()).hash());
    }
    loud.forEach(session::execute);
    refresh(old);
  }

  /// Triggers and rules are not to take it for a change, nor row security to hide rows.
  private void silence(QualifiedName table, List<String> quiet, List<String> loud) {
    session.query(
        """
        with recursive r(oid) as (select ?::pg_catalog.regclass::oid
          union select i.inhrelid from r join pg_catalog.pg_class p on p.oid = r.oid and p.relkind = 'p'
            join pg_catalog.pg_inherits i on i.inhparent = r.oid)
        select 0 as rank, pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', c.oid::regclass) as quiet,
          pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.oid::regclass) as loud
        from r join pg_catalog.pg_class c on c.oid = r.oid where c.relforcerowsecurity
        union all
        select 1, pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname),
          pg_catalog.format('ALTER TABLE ONLY %s ENABLE %sTRIGGER %I', t.tgrelid::regclass, case t.tgenabled when 'A' then 'ALWAYS ' else '' end, t.tgname)
        from r join pg_catalog.pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal and t.tgenabled in ('O', 'A')
        union all
        select 2, pg_catalog.format('ALTER TABLE %s DISABLE RULE %I', w.ev_class::regclass, w.rulename),
          pg_catalog.format('ALTER TABLE %s ENABLE %sRULE %I', w.ev_class::regclass, case w.ev_enabled when 'A' then 'ALWAYS ' else '' end, w.rulename)
        from r join pg_catalog.pg_rewrite w on w.ev_class = r.oid where w.ev_type <> '1' and w.ev_enabled in ('O', 'A')
        order by 1, 2
        """,
        row -> {
          quiet.add(row.text("quiet"));
          return loud.add(row.text("loud"));
        },
        table.sql());
  }

  /// A materialized view that was filled from the rows has the values that they had.
  private void refresh(Map<Name, Long> old) {
    record View(String name, String column, boolean types) {}
    List<View> views =
        session.query(
            """
            select c.oid::regclass::text as name, a.attname as column, b.type = 'pg_catalog.regtype'::pg_catalog.regtype as types
            from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_type t on t.oid = a.atttypid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            cross join lateral (select case t.typtype when 'd' then t.typbasetype else t.oid end as type) b
            where c.relkind = 'm' and c.relispopulated and a.attnum > 0 and not a.attisdropped and n.nspname !~ '^pgmend_'
              and b.type in ('pg_catalog.regclass'::pg_catalog.regtype, 'pg_catalog.regtype'::pg_catalog.regtype)
              and pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')
            order by c.oid
            """,
            row -> new View(row.text("name"), row.text("column"), row.flag("types")));
    Set<String> done = new HashSet<>();
    for (View view : views) {
      String oids =
          old.entrySet().stream()
              .filter(entry -> entry.getKey().type() == view.types())
              .map(entry -> String.valueOf(entry.getValue()))
              .collect(Collectors.joining(","));
      boolean concerned =
          !oids.isEmpty()
              && !done.contains(view.name())
              && work.statements.flag(
                  "SELECT EXISTS (SELECT 1 FROM %s AS h WHERE h.%s::pg_catalog.oid = ANY ('{%s}'::pg_catalog.oid[]))"
                      .formatted(view.name(), Sql.quote(view.column()), oids));
      if (concerned && done.add(view.name())) {
        work.statements.inTransaction(
            "fill %s again".formatted(view.name()), "REFRESH MATERIALIZED VIEW " + view.name());
      }
    }
  }

  /// Two tables may have names that mean the same; each has stand-ins of its own.
  private void dropStandIn(long oid) {
    session
        .query(
            """
            select c.oid::regclass::text as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where (c.oid = ?::bigint::oid or c.reltype = ?::bigint::oid) and n.nspname = ? and pg_catalog.starts_with(c.relname, ?)
            """,
            row -> row.text("name"),
            oid,
            oid,
            plan.home().schema(),
            plan.home().table("name_").name())
        .forEach(name -> session.execute("DROP TABLE " + name));
  }
}
