package dev.pgmend.load;

import java.security.SecureRandom;
import java.util.Arrays;

/// A set of what stands for rows seen lately ([RowHash]). It never grows beyond 64 MB: of more rows than it has room for, the oldest are
/// forgotten. It can forget a row, but not make one up. Not thread-safe.
final class SeenRows {
  /// How many rows are remembered at least, once so many were seen.
  static final int REMEMBERED = 3 << 19;

  private static final int MOST_SLOTS = 1 << 21;

  /// Two words each; none is all zeros.
  private long[] young = new long[1 << 13];

  private final long multiplier = new SecureRandom().nextLong() | 1;
  private long[] old = new long[0];
  private int count;

  /// Remembers a row.
  void add(long high, long low) {
    if (has(young, high, low)) {
      return;
    }
    if (count == REMEMBERED) {
      long[] emptied = old.length == young.length ? old : new long[young.length];
      Arrays.fill(emptied, 0);
      old = young;
      young = emptied;
      count = 0;
    } else if (young.length < 2 * MOST_SLOTS && count > young.length / 4) {
      grow();
    }
    put(young, high, low);
    count++;
  }

  /// {@return whether the row was seen}
  boolean has(long high, long low) {
    return has(young, high, low) || (old.length > 0 && has(old, high, low));
  }

  private void grow() {
    long[] larger = new long[young.length * 2];
    for (int i = 0; i < young.length; i += 2) {
      if (young[i] != 0 || young[i + 1] != 0) {
        put(larger, young[i], young[i + 1]);
      }
    }
    young = larger;
  }

  private void put(long[] slots, long high, long low) {
    int i = slot(slots, high, low);
    while (slots[i] != 0 || slots[i + 1] != 0) {
      i = i + 2 & slots.length - 1;
    }
    slots[i] = high;
    slots[i + 1] = low;
  }

  private boolean has(long[] slots, long high, long low) {
    int i = slot(slots, high, low);
    while (slots[i] != 0 || slots[i + 1] != 0) {
      if (slots[i] == high && slots[i + 1] == low) {
        return true;
      }
      i = i + 2 & slots.length - 1;
    }
    return false;
  }

  /// Nobody can know beforehand which rows meet in a place.
  private int slot(long[] slots, long high, long low) {
    long mixed = (high ^ low * multiplier) * multiplier;
    return (int) (mixed >>> 32) << 1 & slots.length - 1;
  }
}
