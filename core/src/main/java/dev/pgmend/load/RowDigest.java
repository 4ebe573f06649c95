package dev.pgmend.load;

/// Counts and hashes rows of COPY text as they stream by. The hash of a set of rows is the sum modulo 2^128 of the first half of
/// each row's SHA-256: it does not depend on the order of the rows, and, unlike XOR, two equal rows do not cancel out. A row
/// may be longer than any buffer. Not thread-safe.
public final class RowDigest {
  private final boolean hashing;
  private final RowHash digest = new RowHash();
  private long high;
  private long low;
  private long rows;
  private long bytes;
  private boolean inRow;
  private long inThisRow;
  private long longest;

  /// Counts and hashes.
  public RowDigest() {
    this(true);
  }

  /// @param hashing whether rows are hashed, or only counted: all sets of so many rows are then the same
  public RowDigest(boolean hashing) {
    this.hashing = hashing;
  }

  /// Takes in the next bytes; rows end with a newline, which is never part of a value.
  public void update(byte[] buffer, int offset, int length) {
    int end = offset + length;
    int start = offset;
    for (int i = offset; i < end; i++) {
      if (buffer[i] == '\n') {
        if (hashing) {
          digest.update(buffer, start, i - start);
        }
        longest = Math.max(longest, inThisRow + i - start);
        inThisRow = 0;
        endRow();
        start = i + 1;
      }
    }
    if (start < end) {
      if (hashing) {
        digest.update(buffer, start, end - start);
      }
      inThisRow += end - start;
      inRow = true;
    }
    bytes += length;
  }

  private void endRow() {
    if (hashing) {
      digest.end();
      add(digest.high(), digest.low());
    }
    rows++;
    inRow = false;
  }

  private void add(long addedHigh, long addedLow) {
    long sum = low + addedLow;
    high += addedHigh + (Long.compareUnsigned(sum, addedLow) < 0 ? 1 : 0);
    low = sum;
  }

  /// Takes in what another digest has seen, which ended with a row.
  public void add(RowDigest other) {
    if (other.inRow) {
      throw new IllegalStateException("a row that does not end with a newline");
    }
    add(other.high, other.low);
    rows += other.rows;
    bytes += other.bytes;
    longest = Math.max(longest, other.longest);
  }

  /// Takes in rows that were counted, and not hashed.
  void count(long counted, long bytesOfText) {
    rows += counted;
    bytes += bytesOfText;
  }

  /// {@return how many bytes the longest row has as COPY text}
  public long longest() {
    return longest;
  }

  /// {@return what has been seen}
  /// @throws IllegalStateException in the middle of a row
  public RowSet rows() {
    if (inRow) {
      throw new IllegalStateException("the last row does not end with a newline");
    }
    return new RowSet(rows, hashing ? "%016x%016x".formatted(high, low) : "", bytes);
  }

  /// A set of rows, as far as it can be told without looking at it again.
  ///
  /// @param hash 32 hexadecimal digits, or "" if the rows were only counted
  /// @param bytes length as COPY text
  public record RowSet(long count, String hash, long bytes) {
    /// {@return whether the rows were hashed, and not only counted}
    public boolean hashed() {
      return hash.length() == 32 && !RowOrigin.is(hash);
    }

    /// {@return whether both are the same rows, as far as both are known}
    public boolean matches(RowSet other) {
      return count == other.count && (hash.equals(other.hash) || !hashed() || !other.hashed());
    }
  }
}
