package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.catalog.AtWork;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// Marks a run, and the tables that it restores, as being worked on: advisory locks, which the server lets go of when the session
/// ends in whatever way. Two runs on one table would each undo the other's work.
public final class RunLock implements AutoCloseable {
  private final Session session;
  private final List<String> held = new ArrayList<>();

  private RunLock(Session session) {
    this.session = session;
  }

  /// Marks a run and tables.
  ///
  /// @throws PgmendException of kind REFUSED if another session works on one of them
  public static RunLock take(Session session, String run, Collection<QualifiedName> tables) {
    RunLock lock = new RunLock(session);
    List<String> names = new ArrayList<>(List.of(run));
    tables.stream().map(QualifiedName::sql).sorted().forEach(names::add);
    for (String name : names) {
      if (!lock.one(name)) {
        lock.release();
        throw refusal(session, run, name);
      }
    }
    session.execute("SET application_name = " + Sql.literal(run));
    return lock;
  }

  private boolean one(String name) {
    boolean got =
        session
            .query(
                "select pg_catalog.pg_try_advisory_lock(%d, pg_catalog.hashtext(?)) as got"
                    .formatted(AtWork.CLASS),
                row -> row.flag("got"),
                name)
            .getFirst();
    if (got) {
      held.add(name);
    }
    return got;
  }

  private static PgmendException refusal(Session session, String run, String name) {
    List<AtWork> others = AtWork.on(session, List.of(name));
    String who =
        others.isEmpty()
            ? "another session"
            : others.stream().map(AtWork::toString).collect(Collectors.joining(", "));
    return new PgmendException(
        Kind.REFUSED,
        name.equals(run)
            ? "run %s is being worked on by %s; nothing was changed".formatted(run, who)
            : "%s is being restored by %s; nothing was changed".formatted(name, who),
        others.isEmpty()
            ? "Try again when it is done."
            : "Wait until it is done, or end it: SELECT pg_terminate_backend(%d);"
                .formatted(others.getFirst().pid()));
  }

  private void release() {
    held.forEach(name ->
        session.query(
            "select pg_catalog.pg_advisory_unlock(%d, pg_catalog.hashtext(?)) as done"
                .formatted(AtWork.CLASS),
            row -> row.flag("done"),
            name));
    held.clear();
  }

  @Override
  public void close() {
    try {
      release();
      session.execute("SET application_name = 'pgmend'");
    } catch (PgmendException e) {
      // The session is lost, and the locks with it.
      held.clear();
    }
  }
}
