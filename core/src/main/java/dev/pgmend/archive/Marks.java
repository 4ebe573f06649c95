package dev.pgmend.archive;

import java.util.Arrays;

/// Ascending positions in a stream, put in by what writes it and taken out by what reads it. There are never more of them than
/// bytes in the buffers between the two.
final class Marks {
  private long[] positions = new long[16];
  private int first;
  private int end;

  void add(long position) {
    if (end == positions.length) {
      if (first > positions.length / 2) {
        System.arraycopy(positions, first, positions, 0, end - first);
        end -= first;
        first = 0;
      } else {
        positions = Arrays.copyOf(positions, 2 * positions.length);
      }
    }
    positions[end++] = position;
  }

  /// Takes out all positions before the given one.
  /// @return whether there were any
  boolean takeBefore(long position) {
    int before = first;
    while (first < end && positions[first] < position) {
      first++;
    }
    return first > before;
  }
}
