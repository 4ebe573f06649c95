package dev.pgmend.load;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// 128 bits that stand for one row, or one key, at a time: the first half of its SHA-256. Not thread-safe.
final class RowHash {
  /// Whatever is no longer than that can stand for itself.
  private static final int SHORT = 15;

  private final MessageDigest digest;
  private final byte[] hash = new byte[32];
  private long high;
  private long low;

  RowHash() {
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// Takes what is all of a key: if it is short, it stands for itself, which is exact and takes no time.
  void key(byte[] buffer, int offset, int length) {
    if (length > SHORT) {
      digest.update(buffer, offset, length);
      end();
      return;
    }
    high = packed(buffer, offset, Math.min(length, Long.BYTES));
    // Not zero, and other than that of a key which only has more zeros.
    low = packed(buffer, offset + Long.BYTES, length - Long.BYTES) << 8 | (length + 1);
  }

  private static long packed(byte[] buffer, int offset, int length) {
    long value = 0;
    for (int i = offset; i < offset + length; i++) {
      value = value << 8 | (buffer[i] & 0xff);
    }
    return value;
  }

  /// Takes in further bytes of the row.
  void update(byte[] buffer, int offset, int length) {
    digest.update(buffer, offset, length);
  }

  /// Takes in a further byte of the row.
  void update(byte one) {
    digest.update(one);
  }

  /// Ends the row; its hash can be asked for until the next one ends.
  void end() {
    try {
      digest.digest(hash, 0, hash.length);
    } catch (DigestException e) {
      throw new IllegalStateException("the buffer holds a SHA-256", e);
    }
    high = number(0);
    low = number(8);
  }

  private long number(int at) {
    long value = 0;
    for (int i = at; i < at + 8; i++) {
      value = value << 8 | (hash[i] & 0xff);
    }
    return value;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }
}
