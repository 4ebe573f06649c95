package dev.pgmend.live;

import dev.pgmend.postgres.Session;
import java.io.InputStream;

/// The content of a large object, read piece by piece.
final class LargeObjectStream extends InputStream {
  private static final int PIECE = 1 << 20;

  private final Session session;
  private final long oid;
  private byte[] piece = new byte[0];
  private int next;
  private long position;
  private boolean ended;

  LargeObjectStream(Session session, long oid) {
    this.session = session;
    this.oid = oid;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (next == piece.length && !readOn()) {
      return -1;
    }
    int count = Math.min(length, piece.length - next);
    System.arraycopy(piece, next, bytes, offset, count);
    next += count;
    return count;
  }

  private boolean readOn() {
    if (ended) {
      return false;
    }
    piece =
        session
            .query(
                "select pg_catalog.lo_get(?::oid, ?, ?) as piece",
                row -> row.bytes("piece"),
                oid,
                position,
                PIECE)
            .getFirst();
    next = 0;
    position += piece.length;
    ended = piece.length < PIECE;
    return piece.length > 0;
  }
}
