package dev.pgmend.live;

import java.io.InputStream;

/// The rows that a COPY … TO STDOUT of a reader sends, as text. Closing it before their end stops it.
final class CopyStream extends InputStream {
  private final CopyRows rows;
  private byte[] row = new byte[0];
  private int next;

  CopyStream(CopyRows rows) {
    this.rows = rows;
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
    byte[] message = rows.next();
    row = message == null ? new byte[0] : message;
    next = 0;
    return message != null;
  }

  @Override
  public void close() {
    rows.close();
  }
}
