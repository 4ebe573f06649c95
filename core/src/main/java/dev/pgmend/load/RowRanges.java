package dev.pgmend.load;

import java.util.Arrays;

/// Some of the rows of a backup, by their numbers, in ascending order. Keeps at most 16 MB of ranges. Not thread-safe.
public final class RowRanges {
  private static final int MOST = 1 << 20;

  private long[] bounds = new long[64];
  private int count;
  private boolean complete = true;

  /// Adds a row whose number is higher than all before.
  void add(long number) {
    if (count > 0 && bounds[count - 1] == number) {
      bounds[count - 1]++;
      return;
    }
    if (count == 2 * MOST) {
      complete = false;
      return;
    }
    if (count == bounds.length) {
      bounds = Arrays.copyOf(bounds, count * 2);
    }
    bounds[count++] = number;
    bounds[count++] = number + 1;
  }

  /// {@return whether all rows that were added are known}
  public boolean isComplete() {
    return complete;
  }

  /// {@return a reader that is asked about rows in ascending order}
  Cursor cursor() {
    return new Cursor();
  }

  /// Asks about one row after the other.
  final class Cursor {
    private int at;

    boolean has(long number) {
      while (at < count && bounds[at + 1] <= number) {
        at += 2;
      }
      return at < count && bounds[at] <= number;
    }
  }
}
