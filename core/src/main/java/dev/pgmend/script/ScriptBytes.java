package dev.pgmend.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The bytes of a script, looked at some ahead of where it is read. What is read is kept while that is wanted.
final class ScriptBytes implements AutoCloseable {
  static final int NONE = -1;

  private static final int BUFFER_BYTES = 1 << 20;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long NEWLINES = ONES * '\n';

  /// Function bodies and views are far smaller.
  private static final int KEPT_MAX = 64 << 20;

  private final Source source;
  private InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final Kept kept = new Kept();
  private long start;
  private int next;
  private int limit;
  private boolean ended;
  private long rowsEnd;
  private boolean keeping;
  private @Nullable OutputStream copy;

  /// From where on in the buffer bytes are not in the copy yet.
  private int uncopied;

  ScriptBytes(Source source) throws IOException {
    this.source = source;
    this.in = source.open(0);
  }

  /// A script that can be read from any place on.
  @FunctionalInterface
  interface Source {
    InputStream open(long offset) throws IOException;
  }

  long position() {
    return start + next;
  }

  /// {@return the byte here or some bytes ahead, [#NONE] behind the end}
  int peek(int ahead) throws IOException {
    if (next + ahead >= limit && !fill(ahead + 1)) {
      return NONE;
    }
    return buffer[next + ahead] & 0xff;
  }

  int peek() throws IOException {
    return next < limit ? buffer[next] & 0xff : peek(0);
  }

  /// Reads the byte that was looked at.
  void take() {
    if (keeping) {
      kept.write(buffer[next]);
      checkKept();
    }
    next++;
  }

  void take(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      if (peek() == NONE) {
        return;
      }
      take();
    }
  }

  void keep() {
    kept.reset();
    keeping = true;
  }

  private void checkKept() {
    if (kept.size() > KEPT_MAX) {
      throw new ScriptException(
          position(), "statement or comment of more than " + KEPT_MAX + " bytes ends");
    }
  }

  void stopKeeping() {
    keeping = false;
  }

  boolean keeping() {
    return keeping;
  }

  int keptSize() {
    return kept.size();
  }

  byte[] kept() {
    return kept.toByteArray();
  }

  /// Reads up to one of two bytes, which is not read, or to the end.
  /// @return whether one was found
  boolean takeTo(int one, int other) throws IOException {
    while (peek() != NONE) {
      int at = next;
      while (at < limit && buffer[at] != one && buffer[at] != other) {
        at++;
      }
      if (keeping) {
        kept.write(buffer, next, at - next);
        checkKept();
      }
      next = at;
      if (at < limit) {
        return true;
      }
    }
    return false;
  }

  /// Reads rows of COPY up to and with the line that ends them.
  ///
  /// @param to where they and that line are copied to, null for nowhere
  /// @return how many rows there were, -1 if the end of the script came first
  long takeRows(@Nullable OutputStream to) throws IOException {
    copy = to;
    uncopied = next;
    long rows = takeRows();
    copyOn();
    copy = null;
    return rows;
  }

  private void copyOn() throws IOException {
    if (copy != null) {
      copy.write(buffer, uncopied, next - uncopied);
      uncopied = next;
    }
  }

  private long takeRows() throws IOException {
    for (long rows = 0; ; rows++) {
      if (limit - next < 4) {
        fill(4);
      }
      if (limit - next >= 2 && buffer[next] == '\\' && buffer[next + 1] == '.') {
        int after = limit - next == 2 ? NONE : buffer[next + 2];
        if (after == NONE || after == '\n') {
          rowsEnd = position();
          next += after == NONE ? 2 : 3;
          return rows;
        }
      }
      if (!takeLine()) {
        return -1;
      }
    }
  }

  /// Leaps over rows of which the length is believed to be known, and over the line that ends them.
  ///
  /// @return whether that line is where it was believed to be; if not, nothing more can be read
  boolean leapRows(long length) throws IOException {
    long end = position() + length;
    goTo(length == 0 ? end : end - 1);
    if (length > 0) {
      if (peek() != '\n') {
        return false;
      }
      take();
    }
    if (peek() != '\\' || peek(1) != '.') {
      return false;
    }
    take(2);
    if (peek() != NONE && peek() != '\n') {
      return false;
    }
    rowsEnd = end;
    take(1);
    return true;
  }

  /// Leaps over statements that are believed to end there.
  ///
  /// @return whether a semicolon and a line end there; if not, nothing more can be read
  boolean leapStatements(long end) throws IOException {
    if (end <= position()) {
      return false;
    }
    goTo(end - 1);
    boolean there = peek() == ';' && (peek(1) == '\n' || peek(1) == NONE);
    take(1);
    return there;
  }

  private void goTo(long position) throws IOException {
    if (position <= start + limit) {
      next = (int) (position - start);
      return;
    }
    in.close();
    in = source.open(position);
    start = position;
    next = 0;
    limit = 0;
    ended = false;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /// {@return where the rows that were read last end}
  long rowsEnd() {
    return rowsEnd;
  }

  /// Reads over the rest of a line with its end, eight bytes at a time.
  private boolean takeLine() throws IOException {
    while (true) {
      int at = next;
      for (; at <= limit - Long.BYTES; at += Long.BYTES) {
        long word = (long) LONGS.get(buffer, at) ^ NEWLINES;
        long found = (word - ONES) & ~word & HIGHS;
        if (found != 0) {
          next = at + (Long.numberOfTrailingZeros(found) >>> 3) + 1;
          return true;
        }
      }
      for (; at < limit; at++) {
        if (buffer[at] == '\n') {
          next = at + 1;
          return true;
        }
      }
      next = limit;
      if (!fill(1)) {
        return false;
      }
    }
  }

  /// Makes that many bytes available, from the current one on.
  private boolean fill(int wanted) throws IOException {
    if (buffer.length - next < wanted || next == limit) {
      copyOn();
      uncopied = 0;
      System.arraycopy(buffer, next, buffer, 0, limit - next);
      start += next;
      limit -= next;
      next = 0;
    }
    while (limit - next < wanted && !ended) {
      int count = in.read(buffer, limit, buffer.length - limit);
      ended = count < 0;
      limit += Math.max(0, count);
    }
    return limit - next >= wanted;
  }

  private static final class Kept extends ByteArrayOutputStream {
    private static final int LARGE = 1 << 20;

    @Override
    public synchronized void reset() {
      super.reset();
      if (buf.length > LARGE) {
        buf = new byte[LARGE];
      }
    }
  }
}
