package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.Sql;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The sessions that read a source, each in a transaction on the same snapshot, which the first one keeps. Thread-safe; a session
/// itself belongs to who has taken it.
final class Readers implements AutoCloseable {
  /// Whoever holds an exclusive lock longer, or waits for one while another session of ours holds a lock, is named.
  static final String LOCK_TIMEOUT = "10s";

  private final ConnectionTarget source;
  private final Session keeper;
  private final String snapshot;
  private final Deque<Session> idle = new ArrayDeque<>();
  private final Set<Session> all = new HashSet<>();
  private boolean closed;

  Readers(ConnectionTarget source) {
    this.source = source;
    this.keeper = connect();
    try {
      keeper.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY NOT DEFERRABLE");
      this.snapshot =
          keeper
              .query(
                  "select pg_catalog.pg_export_snapshot() as snapshot", row -> row.text("snapshot"))
              .getFirst();
    } catch (RuntimeException e) {
      keeper.close();
      throw e;
    }
    all.add(keeper);
    idle.add(keeper);
  }

  /// {@return the snapshot's name, by which other sessions take it}
  String snapshot() {
    return snapshot;
  }

  private Session connect() {
    Session session = Session.reader(source);
    try {
      // The server takes the number of chunks for that of the rows, and would sort these on disk to
      // add up
      // sums that have room in memory.
      session.execute(
          "SET lock_timeout = '%s'; SET synchronize_seqscans = off; SET work_mem = '64MB'; SET enable_sort = off"
              .formatted(LOCK_TIMEOUT));
      return session;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /// Takes a session; it has to be given back or discarded. The one that keeps the snapshot comes first.
  Session take() {
    synchronized (this) {
      if (!idle.isEmpty()) {
        return idle.removeFirst();
      }
    }
    return another();
  }

  /// Takes all that nobody uses now.
  synchronized List<Session> takeAll() {
    List<Session> taken = new ArrayList<>(idle);
    idle.clear();
    return taken;
  }

  /// Takes a session that nobody has used, which may be lost without harm.
  Session another() {
    Session session = connect();
    try {
      session.execute(
          "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "
              + Sql.literal(snapshot));
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
    synchronized (this) {
      if (!closed) {
        all.add(session);
        return session;
      }
    }
    session.close();
    throw new IllegalStateException("the source is closed");
  }

  /// {@return whether the session that keeps the snapshot is still there}
  synchronized boolean keep() {
    return all.contains(keeper);
  }

  /// Begins something that may fail or be left unfinished without the snapshot being lost.
  static void mark(Session session) {
    session.execute("SAVEPOINT \"pgmend read\"");
  }

  /// Ends it; the locks that it has taken stay.
  void finished(Session session) {
    session.execute("RELEASE SAVEPOINT \"pgmend read\"");
    give(session);
  }

  /// Ends it, whatever became of it.
  void unfinished(Session session) {
    try {
      session.execute("ROLLBACK TO SAVEPOINT \"pgmend read\"; RELEASE SAVEPOINT \"pgmend read\"");
      give(session);
    } catch (PgmendException lost) {
      discard(session);
    }
  }

  /// Gives a session back whose transaction goes on.
  void give(Session session) {
    synchronized (this) {
      if (!closed) {
        if (session == keeper) {
          idle.addFirst(session);
        } else {
          idle.addLast(session);
        }
        return;
      }
    }
    session.close();
  }

  /// Gives a session up whose connection or transaction is lost. If it kept the snapshot, no other session can join in any more.
  void discard(Session session) {
    synchronized (this) {
      all.remove(session);
    }
    session.close();
  }

  /// Stops whatever they do, and does not wait for it.
  void interrupt() {
    Set<Session> running;
    synchronized (this) {
      running = new HashSet<>(all);
      running.removeAll(idle);
    }
    running.forEach(
        session -> Thread.ofPlatform().daemon().name("pgmend-interrupt").start(session::interrupt));
  }

  @Override
  public void close() {
    Set<Session> open;
    synchronized (this) {
      closed = true;
      open = new HashSet<>(all);
      all.clear();
      idle.clear();
    }
    open.forEach(Session::close);
  }
}
