package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;

/// The rows that a live table has, read on a session of their own beside the backup's: of those that the backup has too, most need
/// not be staged. What cannot be read is taken for missing. Takes ACCESS SHARE, waiting for it no longer than a moment. Not
/// thread-safe.
final class LiveRows implements AutoCloseable {
  private static final int BATCH = 4096;

  /// Of tables with so many rows, and some more, none is forgotten, in whatever order they come.
  private static final long KNOWN_WHOLE = SeenRows.REMEMBERED * 9L / 5;

  private final SeenRows seen = new SeenRows();
  private final RowHash hash = new RowHash();
  private final Session session;
  private final CopySource rows;
  private long read;
  private boolean ended;

  /// The table cannot be read.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    private Unreadable(PgmendException cause) {
      super(String.valueOf(cause.getMessage()), cause);
    }
  }

  /// @param target the session that the rows are staged on
  /// @throws Unreadable if the table cannot be read; the target's session has not noticed
  static LiveRows open(Session target, LoadStep.Load.Unless unless) throws Unreadable {
    try {
      return new LiveRows(target.another(), unless);
    } catch (PgmendException failure) {
      throw new Unreadable(failure);
    }
  }

  private LiveRows(Session session, LoadStep.Load.Unless unless) {
    this.session = session;
    try {
      session.execute(
          "SET lock_timeout = '2s'; SET synchronize_seqscans = off; SET max_parallel_workers_per_gather = 0");
      if (session.query(unless.estimate(), row -> row.number("rows")).stream()
          .anyMatch(estimate -> estimate < 0 || estimate > KNOWN_WHOLE)) {
        // Some will be forgotten: rows come in the order in which pg_dump wrote those of the
        // backup.
        session.execute(
            "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off");
      }
      this.rows =
          session.copyOut("COPY (%s) TO STDOUT%s".formatted(unless.query(), session.copyOptions()));
    } catch (PgmendException failure) {
      session.close();
      throw failure;
    }
  }

  /// Looks for a row of the backup among those read so far, and reads on until it is found or all have been read that might be it.
  ///
  /// @param position how many rows of the backup have been looked at
  boolean has(RowHash row, long position) {
    long last = Math.max(2L * SeenRows.REMEMBERED, position + SeenRows.REMEMBERED / 2);
    boolean found = seen.has(row.high(), row.low());
    while (!found && !ended && read < last) {
      readOn();
      found = seen.has(row.high(), row.low());
    }
    return found;
  }

  private void readOn() {
    try {
      for (int i = 0; i < BATCH && !ended; i++) {
        byte[] next = rows.next();
        if (next == null) {
          ended = true;
        } else {
          hash.key(next, 0, next.length - 1);
          seen.add(hash.high(), hash.low());
          read++;
        }
      }
    } catch (PgmendException failure) {
      // What has been read stays true; the rest is staged.
      ended = true;
    }
  }

  @Override
  public void close() {
    rows.close();
    session.close();
  }
}
