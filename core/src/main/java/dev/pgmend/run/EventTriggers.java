package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.RunHome;
import dev.pgmend.sql.Sql;
import java.util.List;
import java.util.stream.Collectors;

/// Event triggers of the target. pgmend leaves them on, and one that forbids DDL would forbid it to remove its own staging.
final class EventTriggers {
  private EventTriggers() {}

  /// {@return the names of those that fire on DDL}
  static List<String> enabled(Session session) {
    return session.query(
        "select evtname from pg_catalog.pg_event_trigger where evtenabled in ('O', 'A') and evtevent <> 'login' order by evtname",
        row -> row.text("evtname"));
  }

  /// Tries in the current transaction whether what a run needs can be created and dropped again.
  ///
  /// @throws PgmendException of kind REFUSED if an event trigger forbids it
  static void probe(Session session, RunHome home) {
    List<String> triggers = enabled(session);
    if (triggers.isEmpty()) {
      return;
    }
    String table = "CREATE TABLE %1$s (); DROP TABLE %1$s".formatted(home.table("probe").sql());
    try {
      session.execute(
          home.isOwn()
              ? "CREATE SCHEMA %1$s; %2$s; DROP SCHEMA %1$s".formatted(Sql.quote(home.run()), table)
              : table);
    } catch (SqlFailure failure) {
      throw new PgmendException(
          Kind.REFUSED,
          "event trigger %s does not let a table be created and dropped again: %s; nothing was changed"
              .formatted(names(triggers), failure.getMessage()),
          disable(triggers),
          failure);
    }
  }

  static String names(List<String> triggers) {
    return triggers.stream().map(Sql::quote).collect(Collectors.joining(" or "));
  }

  /// {@return what to do about them}
  static String disable(List<String> triggers) {
    return triggers.stream()
        .map(trigger -> "ALTER EVENT TRIGGER %s DISABLE;".formatted(Sql.quote(trigger)))
        .collect(Collectors.joining(" ", "", " and ENABLE afterwards."));
  }
}
