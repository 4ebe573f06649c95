package dev.pgmend.load;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// How the rows of a table are hashed and put into chunks, in SQL.
///
/// @param key the places of the key's columns
/// @param width how many whole numbers of the key make a chunk, 0 if the key's hash makes them
/// @param mask of the key's hash
record Chunking(RowImage image, List<Integer> key, long seed, long width, long mask) {
  /// An index is asked for so many ranges; more of them cost more to look at than they leave out.
  private static final int RANGES_MOST = 16;

  /// The first and the last one of some chunks.
  record Range(long first, long last) {}

  String chunk(List<String> columns) {
    return width > 0
        ? "(%s::pg_catalog.int8 / %d)".formatted(columns.get(key.getFirst()), width)
        : "(%s & %d)".formatted(image.hash(columns, key, seed), mask);
  }

  /// {@return SQL for what tells a row apart, another one for each key}
  String key(List<String> columns) {
    return image.hash(columns, key, seed);
  }

  /// {@return SQL for the hash of a single column}
  String column(List<String> columns, int place) {
    return image.hash(columns, List.of(place), seed);
  }

  String row(List<String> columns) {
    return image.hash(columns, seed);
  }

  /// {@return SQL for whether a row is in one of the chunks, which are in ascending order}
  String among(List<String> columns, long[] chunks) {
    if (chunks.length == 0) {
      return "false";
    }
    String list = LongStream.of(chunks).mapToObj(Long::toString).collect(Collectors.joining(","));
    String among =
        "%s IN (SELECT pg_catalog.unnest('{%s}'::pg_catalog.int8[]))"
            .formatted(chunk(columns), list);
    return width > 0 ? among + bounds(columns.get(key.getFirst()), ranges(chunks)) : among;
  }

  /// {@return ranges that all of the chunks are in, without the widest gaps between them} One if that leaves out less than half.
  static List<Range> ranges(long[] chunks) {
    int[] gaps =
        IntStream.range(1, chunks.length)
            .filter(i -> chunks[i] - chunks[i - 1] != 1)
            .boxed()
            .sorted((a, b) ->
                Long.compareUnsigned(chunks[b] - chunks[b - 1], chunks[a] - chunks[a - 1]))
            .limit(RANGES_MOST - 1)
            .mapToInt(i -> i)
            .sorted()
            .toArray();
    List<Range> ranges = new ArrayList<>();
    int from = 0;
    double covered = 0;
    for (int n = 0; n <= gaps.length; n++) {
      int to = n < gaps.length ? gaps[n] : chunks.length;
      ranges.add(new Range(chunks[from], chunks[to - 1]));
      covered += (double) chunks[to - 1] - chunks[from] + 1;
      from = to;
    }
    double whole = (double) chunks[chunks.length - 1] - chunks[0] + 1;
    return covered <= whole / 2 ? ranges : List.of(new Range(chunks[0], chunks[chunks.length - 1]));
  }

  /// An index can find a range. Division leaves off towards zero.
  private String bounds(String column, List<Range> ranges) {
    List<String> bounds = new ArrayList<>();
    try {
      for (Range range : ranges) {
        long low =
            Math.subtractExact(
                Math.multiplyExact(range.first(), width), range.first() > 0 ? 0 : width - 1);
        long high =
            Math.addExact(
                Math.multiplyExact(range.last(), width), range.last() < 0 ? 0 : width - 1);
        bounds.add(
            "%s >= '%d'::pg_catalog.int8 AND %s <= '%d'::pg_catalog.int8"
                .formatted(column, low, column, high));
      }
    } catch (ArithmeticException e) {
      return "";
    }
    return " AND (%s)".formatted(String.join(" OR ", bounds));
  }
}
