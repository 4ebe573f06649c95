package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.load.Chunking.Range;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ChunkingTest {
  @Test
  void rangesLeaveOutWideGaps() {
    assertThat(Chunking.ranges(new long[] {5})).containsExactly(new Range(5, 5));
    assertThat(Chunking.ranges(new long[] {5, 6, 7, 1000, 1001, 5000}))
        .containsExactly(new Range(5, 7), new Range(1000, 1001), new Range(5000, 5000));
    assertThat(Chunking.ranges(new long[] {Long.MIN_VALUE, Long.MAX_VALUE}))
        .containsExactly(
            new Range(Long.MIN_VALUE, Long.MIN_VALUE), new Range(Long.MAX_VALUE, Long.MAX_VALUE));
  }

  @Test
  void whatIsScatteredIsOneRange() {
    long[] scattered = LongStream.range(0, 10_000).map(i -> i * 7).toArray();
    assertThat(Chunking.ranges(scattered)).containsExactly(new Range(0, 69_993));
  }

  @Test
  void everyChunkIsInOneOfAFewRanges() {
    Random random = new Random(1);
    for (int turn = 0; turn < 1000; turn++) {
      long[] chunks =
          LongStream.generate(() -> random.nextInt(20) * 1_000_000L + random.nextInt(30))
              .limit(1 + random.nextInt(300))
              .map(chunk -> chunk - 5_000_000)
              .distinct()
              .sorted()
              .toArray();
      List<Range> ranges = Chunking.ranges(chunks);
      assertThat(ranges).hasSizeBetween(1, 16);
      assertThat(LongStream.of(chunks))
          .allMatch(chunk ->
              ranges.stream().filter(r -> r.first() <= chunk && chunk <= r.last()).count() == 1);
      assertThat(IntStream.range(1, ranges.size()))
          .allMatch(i -> ranges.get(i - 1).last() < ranges.get(i).first());
    }
  }

  @Test
  void sumsAreReadModulo2To64() throws IOException {
    ChunkSums sums = new ChunkSums();
    sums.read(lines("-3\t2\t-5\n7\t1\t18446744073709551617\n"));
    sums.read("9\t4\t-9223372036854775809\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(sums.has(-3, 2, -5)).isTrue();
    assertThat(sums.has(7, 1, 1)).isTrue();
    assertThat(sums.has(9, 4, Long.MAX_VALUE)).isTrue();
    assertThat(sums.rows()).isEqualTo(7);
    for (String bad :
        List.of(
            "1\t2\n",
            "1\t2\t3\t4\n",
            "\\N\t1\t1\n",
            "1.5\t1\t1\n",
            "1\t2\t3",
            "1\t\t3\n",
            "1\t2-\t3\n")) {
      assertThatThrownBy(() -> new ChunkSums().read(lines(bad)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  private static ByteArrayInputStream lines(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }
}
