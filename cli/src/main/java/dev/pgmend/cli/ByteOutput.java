package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Buffered output of bytes, for values that are in UTF-8 already. A disk that is full or a reader that has gone is an error, which
/// a [PrintStream] alone would not tell.
final class ByteOutput {
  private final PrintStream out;
  private final byte[] buffer = new byte[64 * 1024];
  private int used;

  ByteOutput(PrintStream out) {
    this.out = out;
  }

  void put(char ascii) {
    if (used == buffer.length) {
      drain();
    }
    buffer[used++] = (byte) ascii;
  }

  void put(byte[] bytes, int from, int to) {
    if (to - from > buffer.length - used) {
      drain();
    }
    if (to - from > buffer.length) {
      out.write(bytes, from, to - from);
    } else {
      System.arraycopy(bytes, from, buffer, used, to - from);
      used += to - from;
    }
  }

  void put(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    put(bytes, 0, bytes.length);
  }

  /// Writes everything out.
  void flush() {
    drain();
    if (out.checkError()) {
      throw failure();
    }
  }

  private void drain() {
    out.write(buffer, 0, used);
    used = 0;
    if (out.checkError()) {
      throw failure();
    }
  }

  private static PgmendException failure() {
    return new PgmendException(
        Kind.TARGET, "the output cannot be written: nobody reads it any more, or the disk is full");
  }
}
