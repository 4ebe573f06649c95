package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Who is at work on what: advisory locks of the session, on the run and on its tables, which the server lets go of when the
/// session ends, however that comes. The session calls itself by the run's name meanwhile.
public final class Claims {
  /// Table and run are told apart by the prefix; a key of two numbers would leave too few bits for a hash.
  private static final String KEY = "pg_catalog.hashtextextended('pgmend %s ' || w.name, 0)";

  private final Session session;

  public Claims(Session session) {
    this.session = session;
  }

  /// Claims a run and its tables for this session, until they are released or the session ends.
  ///
  /// @throws PgmendException of kind REFUSED if another session has claimed one of them; nothing is then claimed
  public void claim(String run, Collection<QualifiedName> tables) {
    session.execute("SET application_name = " + Sql.literal(run));
    take("run", List.of(run));
    take("table", tables.stream().map(QualifiedName::sql).distinct().sorted().toList());
  }

  private void take(String kind, List<String> names) {
    List<String> taken =
        session.query(
            """
            select w.name from unnest(?::text[]) with ordinality w(name, position)
            where not pg_catalog.pg_try_advisory_lock(%s) order by w.position limit 1
            """
                .formatted(KEY.formatted(kind)),
            row -> row.text("name"),
            (Object) names.toArray(String[]::new));
    if (taken.isEmpty()) {
      return;
    }
    String name = taken.getFirst();
    Optional<String> who = holder(kind, name);
    release();
    throw new PgmendException(
        Kind.REFUSED,
        "%s %s is being worked on by %s; the target is unchanged"
            .formatted(
                kind,
                kind.equals("table") ? name : Sql.quote(name),
                who.orElse("another session, which has just ended")),
        "Wait until it is done: pgmend status shows it. If its pgmend is gone for good: SELECT pg_terminate_backend(<the server process>);");
  }

  /// {@return who works on a run at the moment}
  public Optional<String> worker(String run) {
    return holder("run", run);
  }

  private Optional<String> holder(String kind, String name) {
    return session
        .query(
            """
            select l.pid, coalesce(a.usename, '') as usename, coalesce(a.application_name, '') as application,
              coalesce(a.backend_start::timestamptz(0)::text, '') as since
            from unnest(array[?::text]) w(name)
            join pg_catalog.pg_locks l on l.locktype = 'advisory' and l.granted and l.objsubid = 1
              and (l.classid::bigint << 32 | l.objid::bigint) = %s
            left join pg_catalog.pg_stat_activity a on a.pid = l.pid
            where l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
            """
                .formatted(KEY.formatted(kind)),
            row -> {
              String since = row.text("since");
              return "run %s (server process %d of user %s%s)"
                  .formatted(
                      row.text("application"),
                      row.number("pid"),
                      row.text("usename"),
                      since.isEmpty() ? "" : ", connected since " + since);
            },
            name)
        .stream()
        .findFirst();
  }

  /// Lets go of everything. Where the session is lost the server has done so.
  public void release() {
    try {
      session.execute("SELECT pg_catalog.pg_advisory_unlock_all()");
    } catch (SqlFailure failure) {
      if (failure.kind() != Kind.CONNECTION) {
        throw failure;
      }
    }
  }
}
