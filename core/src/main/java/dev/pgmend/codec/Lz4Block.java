package dev.pgmend.codec;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// One LZ4 block: sequences of literals and a copy from what came before, the last one without a
/// copy.
///
/// ```
/// sequence := token, [more literals: 255* n], literals, [distance: 2, [more length: 255* n]]
/// token    := literal count (high nibble, 15 = more), match length - 4 (low nibble, 15 = more)
/// ```
final class Lz4Block {
  private static final int SHORT = 16;
  private static final int LONG_MATCH = 128;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final String MALFORMED = "lz4 block is malformed";

  private Lz4Block() {}

  /// Decodes `source[0, sourceEnd)` to `target[start, limit)`; matches reach back to `oldest`.
  /// Returns the end of what was written.
  static int decode(byte[] source, int sourceEnd, byte[] target, int start, int limit, int oldest)
      throws IOException {
    int in = 0;
    int out = start;
    while (in < sourceEnd) {
      int token = source[in++];
      int literals = token >> 4 & 15;
      if (literals == 15) {
        int more;
        do {
          if (in >= sourceEnd || literals > limit) {
            throw new IOException(MALFORMED);
          }
          more = source[in++] & 0xff;
          literals += more;
        } while (more == 255);
      }
      if (literals > sourceEnd - in || literals > limit - out) {
        throw new IOException(MALFORMED);
      }
      if (literals <= SHORT && in + SHORT <= source.length && out + SHORT <= target.length) {
        // What is copied too much is overwritten by what follows.
        LONG.set(target, out, (long) LONG.get(source, in));
        LONG.set(target, out + 8, (long) LONG.get(source, in + 8));
      } else {
        System.arraycopy(source, in, target, out, literals);
      }
      in += literals;
      out += literals;
      if (in == sourceEnd) {
        return out;
      }
      if (in + 2 > sourceEnd) {
        throw new IOException(MALFORMED);
      }
      int distance = (source[in] & 0xff) | (source[in + 1] & 0xff) << 8;
      in += 2;
      int length = (token & 15) + 4;
      if (length == 19) {
        int more;
        do {
          if (in >= sourceEnd || length > limit) {
            throw new IOException(MALFORMED);
          }
          more = source[in++] & 0xff;
          length += more;
        } while (more == 255);
      }
      if (distance == 0 || distance > out - oldest || length > limit - out) {
        throw new IOException(MALFORMED);
      }
      copy(target, out - distance, out, length);
      out += length;
    }
    throw new IOException(MALFORMED);
  }

  /// A match may overlap its own copy: each round doubles what can be copied at once. Most are so
  /// short that a call costs more than the copy, and copying eight bytes at a time, some too much, costs least.
  private static void copy(byte[] bytes, int from, int to, int length) {
    int end = to + length;
    if (length <= LONG_MATCH && to - from >= 8 && end + 8 <= bytes.length) {
      do {
        LONG.set(bytes, to, (long) LONG.get(bytes, from));
        to += 8;
        from += 8;
      } while (to < end);
      return;
    }
    if (length <= SHORT) {
      while (to < end) {
        bytes[to++] = bytes[from++];
      }
    }
    while (to < end) {
      int count = Math.min(to - from, end - to);
      System.arraycopy(bytes, from, bytes, to, count);
      to += count;
    }
  }
}
