package dev.pgmend.load;

/// Counts and hashes rows of COPY text as they stream by. The hash of a set of rows is the sum modulo 2^128 of the first half of
/// each row's SHA-256: it does not depend on the order of the rows, and, unlike XOR, two equal rows do not cancel out. A row
/// may be longer than any buffer. Not thread-safe.
public final class RowDigest {
  private final RowHash digest = new RowHash();
  private long high;
  private long low;
  private long rows;
  private long bytes;
  private boolean inRow;
  private long inThisRow;
  private long longest;

  /// Takes in the next bytes; rows end with a newline, which is never part of a value.
  public void update(byte[] buffer, int offset, int length) {
    int end = offset + length;
    int start = offset;
    for (int i = offset; i < end; i++) {
      if (buffer[i] == '\n') {
        digest.update(buffer, start, i - start);
        longest = Math.max(longest, inThisRow + i - start);
        inThisRow = 0;
        endRow();
        start = i + 1;
      }
    }
    if (start < end) {
      digest.update(buffer, start, end - start);
      inThisRow += end - start;
      inRow = true;
    }
    bytes += length;
  }

  private void endRow() {
    digest.end();
    long addedLow = digest.low();
    long sum = low + addedLow;
    high += digest.high() + (Long.compareUnsigned(sum, addedLow) < 0 ? 1 : 0);
    low = sum;
    rows++;
    inRow = false;
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
    return new RowSet(rows, "%016x%016x".formatted(high, low), bytes);
  }

  /// A set of rows, as far as it can be told without looking at it again.
  ///
  /// @param hash 32 hexadecimal digits
  /// @param bytes length as COPY text
  public record RowSet(long count, String hash, long bytes) {
    /// {@return whether both are the same rows}
    public boolean matches(RowSet other) {
      return count == other.count && hash.equals(other.hash);
    }
  }
}
