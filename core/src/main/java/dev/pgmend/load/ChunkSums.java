package dev.pgmend.load;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// How many rows each chunk of a table has and what their hashes add up to, modulo 2^64: three words for each. Not thread-safe.
final class ChunkSums {
  private long[] chunks = new long[1 << 10];
  private long[] sums = new long[1 << 10];

  /// 0 where there is no chunk.
  private long[] counts = new long[1 << 10];

  private int size;
  private long rows;
  private long total;

  /// Of the line that is being read.
  private final long[] fields = new long[3];

  private int field;
  private long value;
  private int digits;
  private boolean negative;

  /// Adds a chunk, which is there once only.
  void add(long chunk, long count, long sum) {
    if (size > chunks.length / 2) {
      grow();
    }
    put(chunk, count, sum);
    size++;
    rows += count;
    total += sum;
  }

  /// Adds a chunk from a line of COPY text: chunk, count and sum, of which only the last 64 bits count.
  void read(byte[] line) {
    for (byte b : line) {
      take(b);
    }
  }

  /// Adds chunks from such lines, to the end.
  void read(InputStream lines) throws IOException {
    byte[] buffer = new byte[1 << 16];
    int length;
    while ((length = lines.read(buffer)) >= 0) {
      for (int i = 0; i < length; i++) {
        take(buffer[i]);
      }
    }
    if (field > 0 || digits > 0 || negative) {
      throw new IllegalStateException("the last line is not whole");
    }
  }

  private void take(byte b) {
    if (b >= '0' && b <= '9') {
      value = value * 10 + b - '0';
      digits++;
    } else if (b == '-' && digits == 0 && !negative) {
      negative = true;
    } else if (b == '\t' || b == '\n') {
      if (field == fields.length || digits == 0) {
        throw new IllegalStateException("a line with too many fields, or an empty one");
      }
      fields[field++] = negative ? -value : value;
      value = 0;
      digits = 0;
      negative = false;
      if (b == '\n') {
        if (field != fields.length) {
          throw new IllegalStateException("a line with too few fields");
        }
        add(fields[0], fields[1], fields[2]);
        field = 0;
      }
    } else {
      throw new IllegalStateException("not a number: %c".formatted(b));
    }
  }

  /// {@return whether that chunk is there with just these rows}
  boolean has(long chunk, long count, long sum) {
    int slot = slot(chunk);
    return counts[slot] == count && sums[slot] == sum;
  }

  /// {@return how many rows that chunk has}
  long count(long chunk) {
    return counts[slot(chunk)];
  }

  /// {@return how many rows all chunks have}
  long rows() {
    return rows;
  }

  /// {@return what the hashes of all rows add up to}
  long total() {
    return total;
  }

  /// {@return how many chunks there are}
  int size() {
    return size;
  }

  /// {@return the chunks that are not just the same in both, in ascending order}
  static long[] differing(ChunkSums one, ChunkSums other) {
    long[] found = new long[one.size + other.size];
    int count = 0;
    for (int i = 0; i < one.chunks.length; i++) {
      if (one.counts[i] > 0 && !other.has(one.chunks[i], one.counts[i], one.sums[i])) {
        found[count++] = one.chunks[i];
      }
    }
    for (int i = 0; i < other.chunks.length; i++) {
      if (other.counts[i] > 0 && one.count(other.chunks[i]) == 0) {
        found[count++] = other.chunks[i];
      }
    }
    long[] differing = Arrays.copyOf(found, count);
    Arrays.sort(differing);
    return differing;
  }

  private void grow() {
    long[] oldChunks = chunks;
    long[] oldSums = sums;
    long[] oldCounts = counts;
    chunks = new long[oldChunks.length * 2];
    sums = new long[oldChunks.length * 2];
    counts = new long[oldChunks.length * 2];
    for (int i = 0; i < oldChunks.length; i++) {
      if (oldCounts[i] > 0) {
        put(oldChunks[i], oldCounts[i], oldSums[i]);
      }
    }
  }

  private void put(long chunk, long count, long sum) {
    int slot = slot(chunk);
    chunks[slot] = chunk;
    counts[slot] = count;
    sums[slot] = sum;
  }

  /// The chunk's place, or the one that it would get.
  private int slot(long chunk) {
    int mask = chunks.length - 1;
    int slot = (int) (chunk * 0x9e3779b97f4a7c15L >>> 32) & mask;
    while (counts[slot] > 0 && chunks[slot] != chunk) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
