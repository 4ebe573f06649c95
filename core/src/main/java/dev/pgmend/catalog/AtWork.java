package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import java.util.Collection;
import java.util.List;

/// A session of pgmend that is at work on a run or on a table.
///
/// @param name the run, or the table's quoted name
/// @param run the run that the session carries out
public record AtWork(String name, String run, int pid, String user) {
  /// The first key of the advisory locks that mark what is being worked on; the second is the hash of its name. "pgme" in ASCII.
  public static final int CLASS = 0x70676d65;

  /// {@return which of these runs and tables other sessions work on}
  public static List<AtWork> on(Session session, Collection<String> names) {
    return session.query(
        """
        select w.name, l.pid, coalesce(a.usename, '') as usename, coalesce(a.application_name, '') as run
        from pg_catalog.unnest(?::text[]) as w(name)
        join pg_catalog.pg_locks l on l.locktype = 'advisory' and l.granted and l.classid = %d and l.objsubid = 2
          and l.objid = (pg_catalog.hashtext(w.name)::bigint & 4294967295)::oid and l.pid <> pg_catalog.pg_backend_pid()
          and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
        left join pg_catalog.pg_stat_activity a on a.pid = l.pid
        order by w.name
        """
            .formatted(CLASS),
        row ->
            new AtWork(
                row.text("name"), row.text("run"), (int) row.number("pid"), row.text("usename")),
        (Object) names.toArray(String[]::new));
  }

  /// {@return who it is, for people}
  @Override
  public String toString() {
    return "run %s (process %d, user %s)".formatted(run, pid, user);
  }
}
