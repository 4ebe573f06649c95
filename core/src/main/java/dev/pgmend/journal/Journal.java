package dev.pgmend.journal;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.RunHome;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// The journal of one run: small tables where the run keeps what is its own, readable by their owner only. Every write belongs to the
/// caller's transaction.
public final class Journal {
  private static final String TABLES =
      """
      select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and (n.nspname ~ '^pgmend_' and c.relname = 'run'
          or c.relname ~ '^pgmend_[0-9]{8}_[0-9]{6}_[0-9a-f]{4}_run$')
        and pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT')
      """;

  private final Session session;
  private final RunHome home;

  private Journal(Session session, RunHome home) {
    this.session = session;
    this.home = home;
  }

  private String table(String name) {
    return home.table(name).sql();
  }

  /// Creates the run's schemas and its journal, in the caller's transaction.
  public static Journal create(
      Session session,
      RunHome home,
      List<String> schemas,
      String tables,
      String modes,
      String source) {
    for (String schema : schemas) {
      session.execute("CREATE SCHEMA " + Sql.quote(schema));
    }
    close(session, home, schemas);
    Journal journal = new Journal(session, home);
    session.execute(
        """
        CREATE TABLE %1$s (state text NOT NULL, tables text NOT NULL, modes text NOT NULL, source text NOT NULL,
          begun timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), changed timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp());
        CREATE TABLE %2$s (position int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE %3$s (purpose text NOT NULL, position int NOT NULL, kind text NOT NULL, title text NOT NULL,
          sql text NOT NULL, row_check text NOT NULL, done boolean NOT NULL DEFAULT false, PRIMARY KEY (purpose, position));
        CREATE TABLE %4$s (relation_schema text NOT NULL, relation text NOT NULL, columns text[] NOT NULL,
          partitioned boolean NOT NULL, row_count bigint NOT NULL, hash text NOT NULL)
        """
            .formatted(
                journal.table("run"),
                journal.table("schemas"),
                journal.table("steps"),
                journal.table("proof")));
    session.update(
        "INSERT INTO %s (state, tables, modes, source) VALUES (?, ?, ?, ?)"
            .formatted(journal.table("run")),
        RunState.STAGED.name(),
        tables,
        modes,
        source);
    for (int i = 0; i < schemas.size(); i++) {
      session.update(
          "INSERT INTO %s VALUES (?, ?)".formatted(journal.table("schemas")), i, schemas.get(i));
    }
    return journal;
  }

  /// Takes away what default privileges have given others on schemas of a run and the relations in them, and on its tables in
  /// another schema, and gives the owner what they have kept from him.
  public static void close(Session session, RunHome home, Collection<String> schemas) {
    session
        .query(
            """
            with o(kind, name, owner, acl) as (
              select 'SCHEMA', pg_catalog.quote_ident(n.nspname), n.nspowner, n.nspacl from pg_catalog.pg_namespace n where n.nspname = any (?::text[])
              union all
              select case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end, c.oid::regclass::text, c.relowner, c.relacl
              from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              where (n.nspname = any (?::text[]) or n.nspname = ? and pg_catalog.starts_with(c.relname, ?))
                and c.relkind in ('r', 'p', 'v', 'm', 'S'))
            select pg_catalog.format('REVOKE ALL ON %s %s FROM %s', o.kind, o.name, pg_catalog.string_agg(distinct
                case x.grantee when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end, ', ')) as sql
            from o cross join lateral pg_catalog.aclexplode(o.acl) x where x.grantee <> o.owner group by o.kind, o.name
            union all
            select pg_catalog.format('GRANT ALL ON %s %s TO %I', o.kind, o.name, pg_catalog.pg_get_userbyid(o.owner))
            from o where o.acl is not null and pg_catalog.pg_has_role(o.owner, 'USAGE')
            """,
            row -> row.text("sql"),
            schemas.toArray(String[]::new),
            schemas.toArray(String[]::new),
            home.shared(),
            home.prefix())
        .forEach(session::execute);
  }

  /// Opens the journal of an earlier run.
  public static Journal open(Session session, String run) {
    return runs(session).stream()
        .filter(home -> home.run().equals(run))
        .map(home -> new Journal(session, home))
        .findFirst()
        .orElseThrow(() ->
            new PgmendException(
                Kind.USAGE,
                "there is no run %s in this database".formatted(Sql.quote(run)),
                "pgmend status lists the runs."));
  }

  /// {@return whether the target has it}
  public boolean there() {
    return session
            .query(
                """
                select 1 as one from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where n.nspname = ? and c.relname = ? and c.relkind = 'r'
                """,
                _ -> true,
                home.schema(),
                home.table("run").name())
            .size()
        == 1;
  }

  /// {@return the roles, neither the session's nor a superuser, that could have written what they like into the journal}
  public List<String> strangers() {
    return session.query(
        """
        select distinct r.rolname::text as name
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_roles r on r.oid = c.relowner
        where n.nspname = ? and c.relname = any (?::text[]) and r.rolname <> current_user and not r.rolsuper
        """,
        row -> row.text("name"),
        home.schema(),
        Stream.of("run", "schemas", "steps", "proof")
            .map(table -> home.table(table).name())
            .toArray(String[]::new));
  }

  /// {@return where the runs are that this session's role may read, oldest first}
  public static List<RunHome> runs(Session session) {
    return session
        .query(
            TABLES,
            row -> {
              String schema = row.text("nspname");
              String name = row.text("relname");
              return name.equals("run")
                  ? RunHome.own(schema)
                  : new RunHome(name.substring(0, name.length() - "_run".length()), schema);
            })
        .stream()
        .sorted(Comparator.comparing(RunHome::run))
        .toList();
  }

  /// {@return where the run keeps what is its own}
  public RunHome home() {
    return home;
  }

  public String run() {
    return home.run();
  }

  /// Moves the run to a state.
  public void state(RunState state) {
    session.update(
        "UPDATE %s SET state = ?, changed = pg_catalog.clock_timestamp()".formatted(table("run")),
        state.name());
  }

  /// {@return the run as the journal has it}
  public Summary summary() {
    return session
        .query(
            "select state, tables, modes, source, begun::timestamptz(0)::text as begun, (extract(epoch from begun) * 1000000)::bigint as began from %s"
                .formatted(table("run")),
            row ->
                new Summary(
                    home.run(),
                    RunState.valueOf(row.text("state")),
                    row.text("tables"),
                    row.text("modes"),
                    row.text("source"),
                    row.text("begun"),
                    row.number("began"),
                    leftNotValid()))
        .getFirst();
  }

  /// {@return the run's schemas, the journal's first}
  public List<String> schemas() {
    return session.query(
        "select name from %s order by position".formatted(table("schemas")),
        row -> row.text("name"));
  }

  /// Writes down the steps of an undo or of settling.
  public void steps(String purpose, List<UndoStep> steps) {
    if (steps.isEmpty()) {
      return;
    }
    // One statement: the cutover's locks are held meanwhile.
    session.update(
        """
        INSERT INTO %s (purpose, position, kind, title, sql, row_check)
        SELECT ?, w.position - 1, w.kind, w.title, w.sql, w.row_check
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) WITH ORDINALITY AS w(kind, title, sql, row_check, position)
        """
            .formatted(table("steps")),
        purpose,
        texts(steps, step -> step.kind().name()),
        texts(steps, UndoStep::title),
        texts(steps, UndoStep::sql),
        texts(steps, UndoStep::check));
  }

  private static String[] texts(List<UndoStep> steps, Function<UndoStep, String> text) {
    return steps.stream().map(text).toArray(String[]::new);
  }

  /// {@return the steps that are not done yet, in order}
  public List<UndoStep> steps(String purpose) {
    return session.query(
        "select kind, title, sql, row_check from %s where purpose = ? and not done order by position"
            .formatted(table("steps")),
        row ->
            new UndoStep(
                UndoStep.Kind.valueOf(row.text("kind")),
                row.text("title"),
                row.text("sql"),
                row.text("row_check")),
        purpose);
  }

  /// Writes down why a foreign key is left NOT VALID, as the user has asked.
  public void leftNotValid(String reason) {
    session.update(
        "INSERT INTO %1$s (purpose, position, kind, title, sql, row_check) SELECT 'not-valid', count(*), 'NONE', ?, '', '' FROM %1$s WHERE purpose = 'not-valid'"
            .formatted(table("steps")),
        reason);
  }

  private List<String> leftNotValid() {
    return session.query(
        "select title from %s where purpose = 'not-valid' order by position"
            .formatted(table("steps")),
        row -> row.text("title"));
  }

  /// {@return relations whose owners may lack rights on them, which an undo and settling need}
  public List<QualifiedName> lent() {
    return steps("lent").stream().map(step -> QualifiedName.parse(step.sql())).toList();
  }

  /// Marks a step as done.
  public void done(String purpose, UndoStep step) {
    session.update(
        "UPDATE %s SET done = true WHERE purpose = ? AND title = ? AND sql = ?"
            .formatted(table("steps")),
        purpose,
        step.title(),
        step.sql());
  }

  /// Writes down what a table held when it was proved.
  public void proof(Proved proved) {
    session.update(
        "INSERT INTO %s VALUES (?, ?, ?, ?, ?, ?)".formatted(table("proof")),
        proved.table().schema(),
        proved.table().name(),
        proved.columns().toArray(String[]::new),
        proved.partitioned(),
        proved.rows(),
        proved.hash());
  }

  public List<Proved> proofs() {
    return new ArrayList<>(
        session.query(
            "select * from %s".formatted(table("proof")),
            row ->
                new Proved(
                    new QualifiedName(row.text("relation_schema"), row.text("relation")),
                    row.texts("columns"),
                    row.flag("partitioned"),
                    row.number("row_count"),
                    row.text("hash"))));
  }

  /// A run, for people.
  ///
  /// @param began the same to the microsecond, since 1970: two runs may begin within a second, and their names do not tell
  /// @param notValid what keeps foreign keys from being valid, if the user has accepted that
  public record Summary(
      String run,
      RunState state,
      String tables,
      String modes,
      String source,
      String begun,
      long began,
      List<String> notValid) {}

  /// A table's rows at the moment of proof.
  ///
  /// @param hash of the rows in hexadecimal digits, or, if they were only counted, which transactions have written them (`xids …`, `xmin …`);
  ///     both if they were hashed on their server
  public record Proved(
      QualifiedName table, List<String> columns, boolean partitioned, long rows, String hash) {
    /// {@return whether the rows were hashed, and not only counted}
    public boolean hashed() {
      return !hash.startsWith("x");
    }

    /// {@return the hash alone, for people; "" if the rows were only counted}
    public String shown() {
      return hashed() ? hash.split(" ", 2)[0] : "";
    }
  }
}
