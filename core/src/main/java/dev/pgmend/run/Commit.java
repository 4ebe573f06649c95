package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;

/// A COMMIT whose outcome is known even if its answer is lost: the journal, which was written in the same transaction, is read on
/// a new connection.
final class Commit {
  private final Session session;
  private final Journal journal;

  Commit(Session session, Journal journal) {
    this.session = session;
    this.journal = journal;
  }

  /// Commits the transaction that moves the run to a state.
  ///
  /// @return whether the connection was lost meanwhile, and is a new one
  /// @throws SqlFailure if it was not committed; the session is then usable
  /// @throws Unknown if the server cannot be asked
  boolean to(RunState state) {
    try {
      session.commit();
      return false;
    } catch (SqlFailure lost) {
      if (lost.kind() != Kind.CONNECTION) {
        throw lost;
      }
      try {
        session.reconnect();
      } catch (PgmendException gone) {
        lost.addSuppressed(gone);
        throw new Unknown(journal.run(), lost);
      }
      if (!isAt(state)) {
        throw lost;
      }
      return true;
    }
  }

  private boolean isAt(RunState state) {
    return journal.there() && journal.summary().state() == state;
  }

  /// Nobody can tell whether the transaction was committed before the server can be reached again.
  static final class Unknown extends PgmendException {
    private static final long serialVersionUID = 1L;

    Unknown(String run, SqlFailure cause) {
      super(
          Kind.CONNECTION,
          "the connection was lost during the COMMIT, and the server cannot be asked what has become of it: %s"
              .formatted(cause.getMessage()),
          "When the server is back, pgmend status tells whether %s has changed anything: it is the old state or the new one, nothing between."
              .formatted(run),
          cause);
    }
  }
}
