package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;

/// Lets no more bytes pass in a second than it was told, on average since a moment ago; what was not used is not saved up. Thread-safe.
public final class Rate {
  private static final long SECOND = 1_000_000_000L;
  private static final long SLICE = 50_000_000L;

  private final long bytes;
  private long due;

  /// @param bytes in a second, 0 for no limit
  public Rate(long bytes) {
    this.bytes = bytes;
    this.due = System.nanoTime();
  }

  /// Takes so many bytes and waits until their time has come.
  ///
  /// @param stop asked again and again whether to go on; throws if not
  public void take(int count, Runnable stop) {
    if (bytes == 0) {
      return;
    }
    long mine;
    synchronized (this) {
      due = Math.max(due, System.nanoTime() - SLICE) + count * SECOND / bytes;
      mine = due;
    }
    long left;
    while ((left = mine - System.nanoTime()) > 0) {
      stop.run();
      try {
        Thread.sleep(Math.max(1, Math.min(left, SLICE) / 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PgmendException(Kind.INTERRUPTED, "interrupted", null, e);
      }
    }
  }
}
