package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import java.io.InputStream;
import java.util.function.UnaryOperator;

/// The rows that a COPY … TO STDOUT of a reader sends. Closing it before their end stops it.
final class CopyStream extends InputStream {
  private final Readers readers;
  private final Session session;
  private final CopySource copy;
  private final UnaryOperator<PgmendException> failure;
  private byte[] row = new byte[0];
  private int next;
  private boolean ended;
  private boolean given;

  /// @param failure says where and what it was that failed
  CopyStream(
      Readers readers, Session session, CopySource copy, UnaryOperator<PgmendException> failure) {
    this.readers = readers;
    this.session = session;
    this.copy = copy;
    this.failure = failure;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// Takes as many rows as there is room for: the server sends each by itself.
  @Override
  public int read(byte[] bytes, int offset, int length) {
    int filled = 0;
    while (filled < length && (next < row.length || readRow())) {
      int count = Math.min(length - filled, row.length - next);
      System.arraycopy(row, next, bytes, offset + filled, count);
      next += count;
      filled += count;
    }
    return filled == 0 && length > 0 ? -1 : filled;
  }

  private boolean readRow() {
    if (ended) {
      return false;
    }
    try {
      byte[] message = copy.next();
      if (message == null) {
        ended = true;
        row = new byte[0];
        next = 0;
        return false;
      }
      row = message;
      next = 0;
      return true;
    } catch (PgmendException e) {
      throw failure.apply(e);
    }
  }

  @Override
  public void close() {
    if (given) {
      return;
    }
    given = true;
    copy.close();
    if (ended) {
      try {
        readers.finished(session);
      } catch (PgmendException e) {
        readers.discard(session);
        throw failure.apply(e);
      }
    } else {
      readers.unfinished(session);
    }
  }
}
