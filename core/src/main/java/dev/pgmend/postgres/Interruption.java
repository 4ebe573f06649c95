package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/// A wish from another thread that a session stop. It is heeded once: the statement that runs is cancelled, or the next one is not
/// begun; what follows, a rollback and the removal of staging, runs undisturbed.
final class Interruption {
  private static final long PAUSE = 100;

  private enum State {
    NONE,
    ASKED,
    HEEDED
  }

  private Connection connection;
  private State state = State.NONE;

  Interruption(Connection connection) {
    this.connection = connection;
  }

  /// The session has a new connection.
  synchronized void isNowOn(Connection other) {
    connection = other;
  }

  /// Asks the session to stop and waits until it does. A request to cancel that comes between two statements is lost, so it is sent
  /// until the session has taken notice; never later, for it would hit the cleaning up.
  void ask() {
    while (request()) {
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /// Asks the session to stop.
  ///
  /// @return whether it has not taken notice yet
  synchronized boolean request() {
    if (state == State.NONE) {
      state = State.ASKED;
    }
    if (state != State.ASKED) {
      return false;
    }
    try {
      if (connection.isClosed()) {
        return false;
      }
      connection.unwrap(PGConnection.class).cancelQuery();
    } catch (SQLException e) {
      // The server cannot be reached for that; the session still stops before its next statement.
      return true;
    }
    return true;
  }

  /// Has the server cancel what runs at the moment.
  synchronized void cancelOnce() {
    try {
      connection.unwrap(PGConnection.class).cancelQuery();
    } catch (SQLException e) {
      // A server that cannot be reached for that finds out by itself that nobody listens.
      return;
    }
  }

  /// Stops here if someone has asked for it.
  synchronized void check() {
    if (state == State.ASKED) {
      state = State.HEEDED;
      throw interrupted(null);
    }
  }

  /// Whoever was asked has stopped, or stops now: what follows is the cleaning up, which nothing interrupts.
  synchronized void heed() {
    state = State.HEEDED;
  }

  /// {@return what to throw when a statement has failed}
  synchronized PgmendException failure(String sql, SQLException e) {
    if (state == State.ASKED && SqlState.QUERY_CANCELED.equals(e.getSQLState())) {
      state = State.HEEDED;
      return interrupted(e);
    }
    return new SqlFailure(sql, e);
  }

  private static PgmendException interrupted(@Nullable SQLException cause) {
    return new PgmendException(
        Kind.INTERRUPTED,
        "interrupted; what was not committed is rolled back",
        "pgmend status says where its runs stand.",
        cause);
  }
}
