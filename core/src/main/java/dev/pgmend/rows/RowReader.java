package dev.pgmend.rows;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Cuts COPY text into rows. It is read in pieces of whole rows: a piece can be gone through more than once.
final class RowReader implements AutoCloseable {
  private static final int FIRST_BYTES = 128 * 1024;

  /// A row longer than this does not fit into memory together with what is made of it.
  private static final long LONGEST = Math.min(1 << 30, Runtime.getRuntime().maxMemory() / 4);

  private final InputStream text;
  private final int wanted;
  private byte[] buffer = new byte[FIRST_BYTES];

  /// `[0, whole)` is whole rows, `[whole, limit)` the beginning of another one.
  private int whole;

  private int limit;
  private int start;
  private int end = -1;
  private boolean ended;

  /// @param wanted how many bytes a piece is to have, if there are so many; it has at least one row
  RowReader(InputStream text, int wanted) {
    this.text = text;
    this.wanted = wanted;
  }

  /// Reads the next piece.
  /// @return whether there was one
  boolean fill() throws IOException {
    System.arraycopy(buffer, whole, buffer, 0, limit - whole);
    limit -= whole;
    whole = 0;
    rewind();
    while (!ended && (whole == 0 || limit < wanted)) {
      if (limit == buffer.length) {
        grow();
      }
      int count = text.read(buffer, limit, buffer.length - limit);
      if (count < 0) {
        ended = true;
      } else {
        limit += count;
        int newline = limit - 1;
        while (newline >= limit - count && buffer[newline] != '\n') {
          newline--;
        }
        whole = newline >= limit - count ? newline + 1 : whole;
      }
    }
    if (ended && whole < limit) {
      throw new IOException("the last row does not end with a newline");
    }
    return whole > 0;
  }

  private void grow() {
    if (buffer.length >= LONGEST) {
      throw new PgmendException(
          Kind.SOURCE,
          "a row is longer than %d MB".formatted(LONGEST >> 20),
          "Give the Java virtual machine more memory: PGMEND_JAVA_OPTS=-Xmx8g.");
    }
    buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, Integer.MAX_VALUE - 8));
  }

  /// Goes back to before the first row of the piece.
  void rewind() {
    start = 0;
    end = -1;
  }

  /// Moves to the next row of the piece.
  /// @return whether there is one
  boolean next() {
    start = end + 1;
    if (start >= whole) {
      return false;
    }
    end = start;
    while (buffer[end] != '\n') {
      end++;
    }
    return true;
  }

  /// {@return what holds the row, from [#start] to [#end]}
  byte[] buffer() {
    return buffer;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
