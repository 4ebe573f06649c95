package dev.pgmend.load;

import java.util.Arrays;

/// Hexadecimal digits in lower case, as hex_encode of src/backend/utils/adt/encode.c and uuid_out write them.
final class Hex {
  private static final byte[] VALUES = new byte[256];

  static {
    Arrays.fill(VALUES, (byte) -1);
    for (int value = 0; value < 16; value++) {
      VALUES["0123456789abcdef".charAt(value)] = (byte) value;
    }
  }

  private Hex() {}

  /// Writes the bytes that the digits between `from` and `to`, an even number of them, stand for.
  ///
  /// @return whether all are digits
  static boolean decode(byte[] text, int from, int to, byte[] bytes, int start) {
    int next = start;
    for (int at = from; at < to; at += 2) {
      int value = VALUES[text[at] & 0xff] << 4 | VALUES[text[at + 1] & 0xff];
      if (value < 0) {
        return false;
      }
      bytes[next++] = (byte) value;
    }
    return true;
  }
}
