package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds out, on a connection of its own, for whom pgmend's sessions in a database are waiting. Not thread-safe, but for being closed.
public final class Blockers implements AutoCloseable {
  private static final String QUERY =
      """
      SELECT DISTINCT b.pid, coalesce(b.usename, '?') AS who, coalesce(b.application_name, '') AS program,
        coalesce(b.state, '?') AS state, coalesce(pg_catalog.left(b.query, 80), '') AS query,
        coalesce(pg_catalog.date_part('epoch', pg_catalog.now() OPERATOR(pg_catalog.-) b.xact_start)::bigint, 0) AS seconds
      FROM pg_catalog.pg_stat_activity AS a
        CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS p(pid)
        JOIN pg_catalog.pg_stat_activity AS b ON b.pid OPERATOR(pg_catalog.=) p.pid
      WHERE a.application_name OPERATOR(pg_catalog.=) 'pgmend' AND a.usename OPERATOR(pg_catalog.=) current_user
        AND a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND b.application_name OPERATOR(pg_catalog.<>) 'pgmend'
      ORDER BY b.pid LIMIT 3
      """;

  private final ConnectionTarget server;
  private @Nullable Session session;
  private boolean useless;

  public Blockers(ConnectionTarget server) {
    this.server = server;
  }

  /// {@return who is in the way, what they do and for how long, for people; empty if nobody is, or if it cannot be told}
  public synchronized List<String> now() {
    if (useless) {
      return List.of();
    }
    try {
      Session asked = session == null ? Session.open(server) : session;
      session = asked;
      return asked.queryText(
          QUERY,
          row ->
              "%s (server process %d%s), %s for %d s: %s"
                  .formatted(
                      row.text("who"),
                      row.number("pid"),
                      row.text("program").isEmpty() ? "" : ", " + row.text("program"),
                      row.text("state"),
                      row.number("seconds"),
                      String.join(" ", row.text("query").split("\\s+"))));
    } catch (PgmendException e) {
      // Whatever is wrong with the server, the run itself finds it out.
      useless = true;
      return List.of();
    }
  }

  @Override
  public void close() {
    Session open = session;
    useless = true;
    if (open != null) {
      open.close();
    }
  }
}
