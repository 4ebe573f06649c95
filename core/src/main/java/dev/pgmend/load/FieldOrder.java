package dev.pgmend.load;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;

/// COPY text with its fields in another order: partitions that were dumped for loading through their root have their columns in an order
/// of their own. Holds one row at a time.
final class FieldOrder extends InputStream {
  private static final int BUFFER = 1 << 16;

  private final InputStream in;

  /// The place of each field to be written among those that are read.
  private final int[] from;

  private final int[] starts;
  private final byte[] buffer = new byte[BUFFER];
  private int read;
  private int next;
  private byte[] row = new byte[BUFFER];
  private int length;
  private byte[] out = new byte[BUFFER];
  private int filled;
  private int given;

  /// @param have the columns of what is read
  /// @param want the same columns in the order in which they are to be written
  FieldOrder(InputStream in, List<String> have, List<String> want) {
    if (have.size() != want.size() || !have.containsAll(want)) {
      throw new IllegalArgumentException("%s are not %s".formatted(have, want));
    }
    this.in = in;
    this.from = want.stream().mapToInt(have::indexOf).toArray();
    this.starts = new int[from.length + 1];
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    while (given == filled) {
      if (!readRow()) {
        return -1;
      }
      order();
    }
    int part = Math.min(count, filled - given);
    System.arraycopy(out, given, bytes, offset, part);
    given += part;
    return part;
  }

  /// Reads a row with its newline, which is never part of a value.
  private boolean readRow() throws IOException {
    length = 0;
    while (true) {
      if (next == read) {
        read = in.read(buffer);
        next = 0;
        if (read < 0) {
          read = 0;
          if (length > 0) {
            throw new IOException("the last row does not end with a newline");
          }
          return false;
        }
      }
      int end = next;
      while (end < read && buffer[end] != '\n') {
        end++;
      }
      boolean whole = end < read;
      int part = end - next + (whole ? 1 : 0);
      if (row.length < length + part) {
        row = Arrays.copyOf(row, Math.max(row.length * 2, length + part));
      }
      System.arraycopy(buffer, next, row, length, part);
      length += part;
      next += part;
      if (whole) {
        return true;
      }
    }
  }

  /// A tab, too, is never part of a value.
  private void order() throws IOException {
    int field = 0;
    for (int i = 0; i < length; i++) {
      if (row[i] == '\t' || row[i] == '\n') {
        field++;
        if (field > from.length) {
          break;
        }
        starts[field] = i + 1;
      }
    }
    if (field != from.length) {
      throw new IOException(
          "a row has %s than %d fields"
              .formatted(field < from.length ? "fewer" : "more", from.length));
    }
    if (out.length < length) {
      out = new byte[row.length];
    }
    given = 0;
    filled = 0;
    for (int i = 0; i < from.length; i++) {
      int start = starts[from[i]];
      int size = starts[from[i] + 1] - 1 - start;
      System.arraycopy(row, start, out, filled, size);
      filled += size;
      out[filled++] = (byte) (i == from.length - 1 ? '\n' : '\t');
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
