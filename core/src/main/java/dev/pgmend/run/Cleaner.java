package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.RunHome;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// Removes what a run keeps, object by object: never with CASCADE, so that nothing goes that the run did not make.
public final class Cleaner {
  private final Session session;

  public Cleaner(Session session) {
    this.session = session;
  }

  /// Removes a run's schemas, and with them its journal: afterwards there is nothing to undo.
  public void clean(Journal journal) {
    RunState state = journal.summary().state();
    if (state == RunState.CUT_OVER && !journal.steps("settle").isEmpty()) {
      throw new PgmendException(
          PgmendException.Kind.REFUSED,
          "run %s still has foreign keys to validate".formatted(Sql.quote(journal.run())),
          "pgmend resume %s validates them; pgmend undo %s takes the restore back."
              .formatted(journal.run(), journal.run()));
    }
    drop(journal.home(), journal.schemas());
  }

  /// Drops the schemas with their tables, views and sequences, and the run's tables in another schema, in one transaction.
  void drop(RunHome home, List<String> schemas) {
    session.begin();
    try {
      session.execute("SET LOCAL lock_timeout = '30s'");
      String[] names = schemas.toArray(String[]::new);
      List<String> statements = new ArrayList<>();
      // Foreign keys and inheritance between tables of the run stand in the way of dropping them
      // one by one.
      statements.addAll(
          session.query(
              """
              select pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) as sql
              from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              where (n.nspname = any (?::text[]) or n.nspname = ? and pg_catalog.starts_with(c.relname, ?))
                and k.contype = 'f' and k.conparentid = 0
              """,
              row -> row.text("sql"), names, home.shared(), home.prefix()));
      statements.addAll(
          session.query(
              """
              select pg_catalog.format('DROP STATISTICS %I.%I', n.nspname, s.stxname) as sql from pg_catalog.pg_statistic_ext s
              join pg_catalog.pg_namespace n on n.oid = s.stxnamespace where n.nspname = any (?::text[])
              """,
              row -> row.text("sql"), (Object) names));
      statements.addAll(
          session.query(
              """
              with recursive depth(oid, level) as (
                select c.oid, 0 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where (n.nspname = any (?::text[]) or n.nspname = ? and pg_catalog.starts_with(c.relname, ?))
                  and c.relkind in ('r', 'p', 'm', 'v')
                union all select i.inhrelid, d.level + 1 from depth d join pg_catalog.pg_inherits i on i.inhparent = d.oid)
              select pg_catalog.format('DROP %s %s', case c.relkind when 'm' then 'MATERIALIZED VIEW' when 'v' then 'VIEW' else 'TABLE' end,
                c.oid::regclass) as sql
              from depth d join pg_catalog.pg_class c on c.oid = d.oid
              group by c.oid, c.relkind order by c.relkind in ('r', 'p'), pg_catalog.max(d.level) desc, c.oid desc
              """,
              row -> row.text("sql"), names, home.shared(), home.prefix()));
      statements.addAll(
          session.query(
              "select pg_catalog.format('DROP SCHEMA %I', n.nspname) as sql from pg_catalog.pg_namespace n where n.nspname = any (?::text[])",
              row -> row.text("sql"), (Object) names));
      for (String statement : statements) {
        session.execute(statement);
      }
      session.commit();
    } catch (SqlFailure failure) {
      session.rollback();
      List<String> triggers =
          failure.kind() == PgmendException.Kind.TARGET
              ? EventTriggers.enabled(session)
              : List.of();
      if (triggers.isEmpty()) {
        throw failure;
      }
      throw new PgmendException(
          failure.kind(),
          "event trigger %s may not let %s be dropped: %s; it stays"
              .formatted(
                  EventTriggers.names(triggers),
                  home.isOwn()
                      ? "schemas " + String.join(", ", schemas)
                      : "what is left of run " + home.run(),
                  failure.getMessage()),
          EventTriggers.disable(triggers),
          failure);
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }
}
