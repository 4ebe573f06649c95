package dev.pgmend.journal;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The journal of one run: three small tables in the run's own schema, readable by its owner only. Every write belongs to the
/// caller's transaction.
public final class Journal {
  private final Session session;
  private final String run;

  private Journal(Session session, String run) {
    this.session = session;
    this.run = run;
  }

  /// Creates the run's schemas and its journal, in the caller's transaction.
  public static Journal create(
      Session session,
      String run,
      List<String> schemas,
      String tables,
      String modes,
      String source) {
    for (String schema : schemas) {
      session.execute("CREATE SCHEMA " + Sql.quote(schema));
    }
    close(session, schemas);
    String s = Sql.quote(run);
    session.execute(
        """
        CREATE TABLE %1$s.run (state text NOT NULL, tables text NOT NULL, modes text NOT NULL, source text NOT NULL,
          begun timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), changed timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp());
        CREATE TABLE %1$s.schemas (position int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE %1$s.steps (purpose text NOT NULL, position int NOT NULL, kind text NOT NULL, title text NOT NULL,
          sql text NOT NULL, row_check text NOT NULL, done boolean NOT NULL DEFAULT false, PRIMARY KEY (purpose, position));
        CREATE TABLE %1$s.proof (relation_schema text NOT NULL, relation text NOT NULL, columns text[] NOT NULL,
          partitioned boolean NOT NULL, row_count bigint NOT NULL, hash text NOT NULL)
        """
            .formatted(s));
    session.update(
        "INSERT INTO %s.run (state, tables, modes, source) VALUES (?, ?, ?, ?)".formatted(s),
        RunState.STAGED.name(),
        tables,
        modes,
        source);
    for (int i = 0; i < schemas.size(); i++) {
      session.update("INSERT INTO %s.schemas VALUES (?, ?)".formatted(s), i, schemas.get(i));
    }
    return new Journal(session, run);
  }

  /// Takes away what default privileges have given others on schemas of a run and the relations in them, and gives the owner what
  /// they have kept from him.
  public static void close(Session session, Collection<String> schemas) {
    session
        .query(
            """
            with o(kind, name, owner, acl) as (
              select 'SCHEMA', pg_catalog.quote_ident(n.nspname), n.nspowner, n.nspacl from pg_catalog.pg_namespace n where n.nspname = any (?::text[])
              union all
              select case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end, c.oid::regclass::text, c.relowner, c.relacl
              from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              where n.nspname = any (?::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'S'))
            select pg_catalog.format('REVOKE ALL ON %s %s FROM %s', o.kind, o.name, pg_catalog.string_agg(distinct
                case x.grantee when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end, ', ')) as sql
            from o cross join lateral pg_catalog.aclexplode(o.acl) x where x.grantee <> o.owner group by o.kind, o.name
            union all
            select pg_catalog.format('GRANT ALL ON %s %s TO %I', o.kind, o.name, pg_catalog.pg_get_userbyid(o.owner))
            from o where o.acl is not null and pg_catalog.pg_has_role(o.owner, 'USAGE')
            """,
            row -> row.text("sql"), schemas.toArray(String[]::new), schemas.toArray(String[]::new))
        .forEach(session::execute);
  }

  /// Opens the journal of an earlier run.
  public static Journal open(Session session, String run) {
    Journal journal = new Journal(session, run);
    if (!journal.there()) {
      throw new PgmendException(
          Kind.USAGE,
          "there is no run %s in this database".formatted(Sql.quote(run)),
          "pgmend status lists the runs.");
    }
    return journal;
  }

  /// {@return whether the target has it}
  public boolean there() {
    return session
            .query(
                """
                select 1 as one from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where n.nspname = ? and c.relname = 'run' and c.relkind = 'r'
                """,
                _ -> true,
                run)
            .size()
        == 1;
  }

  /// {@return the runs that this session's role may read, oldest first}
  public static List<String> runs(Session session) {
    return session.query(
        """
        select n.nspname from pg_catalog.pg_namespace n join pg_catalog.pg_class c on c.relnamespace = n.oid
        where n.nspname ~ '^pgmend_' and c.relname = 'run' and c.relkind = 'r'
          and pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT')
        order by n.nspname
        """,
        row -> row.text("nspname"));
  }

  public String run() {
    return run;
  }

  /// Moves the run to a state.
  public void state(RunState state) {
    session.update(
        "UPDATE %s.run SET state = ?, changed = pg_catalog.clock_timestamp()"
            .formatted(Sql.quote(run)),
        state.name());
  }

  /// {@return the run as the journal has it}
  public Summary summary() {
    return session
        .query(
            "select state, tables, modes, source, begun::timestamptz(0)::text as begun from %s.run"
                .formatted(Sql.quote(run)),
            row ->
                new Summary(
                    run,
                    RunState.valueOf(row.text("state")),
                    row.text("tables"),
                    row.text("modes"),
                    row.text("source"),
                    row.text("begun"),
                    leftNotValid()))
        .getFirst();
  }

  /// {@return the run's schemas, the journal's first}
  public List<String> schemas() {
    return session.query(
        "select name from %s.schemas order by position".formatted(Sql.quote(run)),
        row -> row.text("name"));
  }

  /// Writes down the steps of an undo or of settling.
  public void steps(String purpose, List<UndoStep> steps) {
    int position = 0;
    for (UndoStep step : steps) {
      session.update(
          "INSERT INTO %s.steps (purpose, position, kind, title, sql, row_check) VALUES (?, ?, ?, ?, ?, ?)"
              .formatted(Sql.quote(run)),
          purpose,
          position++,
          step.kind().name(),
          step.title(),
          step.sql(),
          step.check());
    }
  }

  /// {@return the steps that are not done yet, in order}
  public List<UndoStep> steps(String purpose) {
    return session.query(
        "select kind, title, sql, row_check from %s.steps where purpose = ? and not done order by position"
            .formatted(Sql.quote(run)),
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
        "INSERT INTO %1$s.steps (purpose, position, kind, title, sql, row_check) SELECT 'not-valid', count(*), 'NONE', ?, '', '' FROM %1$s.steps WHERE purpose = 'not-valid'"
            .formatted(Sql.quote(run)),
        reason);
  }

  private List<String> leftNotValid() {
    return session.query(
        "select title from %s.steps where purpose = 'not-valid' order by position"
            .formatted(Sql.quote(run)),
        row -> row.text("title"));
  }

  /// {@return relations whose owners may lack rights on them, which an undo and settling need}
  public List<QualifiedName> lent() {
    return steps("lent").stream().map(step -> QualifiedName.parse(step.sql())).toList();
  }

  /// Marks a step as done.
  public void done(String purpose, UndoStep step) {
    session.update(
        "UPDATE %s.steps SET done = true WHERE purpose = ? AND title = ? AND sql = ?"
            .formatted(Sql.quote(run)),
        purpose,
        step.title(),
        step.sql());
  }

  /// Writes down what a table held when it was proved.
  public void proof(Proved proved) {
    session.update(
        "INSERT INTO %s.proof VALUES (?, ?, ?, ?, ?, ?)".formatted(Sql.quote(run)),
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
            "select * from %s.proof".formatted(Sql.quote(run)),
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
  /// @param notValid what keeps foreign keys from being valid, if the user has accepted that
  public record Summary(
      String run,
      RunState state,
      String tables,
      String modes,
      String source,
      String begun,
      List<String> notValid) {}

  /// A table's rows at the moment of proof.
  public record Proved(
      QualifiedName table, List<String> columns, boolean partitioned, long rows, String hash) {}
}
