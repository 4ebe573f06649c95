package dev.pgmend.load;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The first half of the SHA-256 of one row at a time, as two numbers. Not thread-safe.
final class RowHash {
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
