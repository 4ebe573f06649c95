package dev.pgmend.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.content.ByteSource;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RangedSourceTest {
  private static final Retry QUICK = new Retry(3, Duration.ofMillis(1), Duration.ofMillis(2));
  private static final int SHORTEST = 64 << 10;

  private final byte[] bytes = new byte[40 << 20];
  private final MemoryObject object = new MemoryObject(bytes);

  RangedSourceTest() {
    new Random(7).nextBytes(bytes);
  }

  @Test
  void givesTheBytesThatAreThereWhereverItIsRead() throws IOException {
    var source = new RangedSource(object, QUICK);
    ByteSource slice = source.slice(1_000_000, 20_000_000);
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      int position = random.nextInt(20_000_000);
      ByteBuffer target = ByteBuffer.allocate(1 + random.nextInt(200_000));

      int count =
          (i % 2 == 0 ? slice : slice.expecting(position, position + 5)).read(target, position);

      assertThat(count).isPositive();
      int start = 1_000_000 + position;
      assertThat(Arrays.copyOf(target.array(), count))
          .isEqualTo(Arrays.copyOfRange(bytes, start, start + count));
    }
    assertThat(slice.read(ByteBuffer.allocate(1), 20_000_000)).isEqualTo(-1);
    assertThat(source.head(10)).isEqualTo(Arrays.copyOf(bytes, 10));
    assertThat(slice.open(19_999_990).readAllBytes())
        .isEqualTo(Arrays.copyOfRange(bytes, 20_999_990, 21_000_000));
  }

  @Test
  void fetchesAllOfItOnceAndInFewRequestsWhenItIsReadInOrder() throws IOException {
    try (InputStream in = new RangedSource(object, QUICK).open(0)) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }

    assertThat(object.fetched()).isEqualTo(bytes.length);
    assertThat(object.asked).hasSizeLessThan(40);
  }

  @Test
  void fetchesLittleInVainWhenReadingInOrderStops() throws IOException {
    for (int read : new int[] {1, 100_000, 1_000_000, 10_000_000}) {
      object.asked.clear();
      new RangedSource(object, QUICK).open(0).readNBytes(read);

      assertThat(object.fetched()).isLessThanOrEqualTo(read + SHORTEST + read / 4);
    }
  }

  @Test
  void fetchesNothingBehindAKnownEnd() throws IOException {
    int from = 3_000_001;
    int to = 33_000_007;
    ByteSource source = new RangedSource(object, QUICK).expecting(from, to);
    ByteBuffer target = ByteBuffer.allocate(to - from);
    while (target.hasRemaining()) {
      source.read(target, from + target.position());
    }

    assertThat(target.array()).isEqualTo(Arrays.copyOfRange(bytes, from, to));
    assertThat(object.fetched()).isEqualTo(to - from);
    assertThat(object.asked).hasSizeLessThan(10);
  }

  @Test
  void fetchesLittleForEachLeap() throws IOException {
    var source = new RangedSource(object, QUICK);
    for (int position = 0; position < bytes.length; position += 2 << 20) {
      source.read(ByteBuffer.allocate(512), position);
    }

    assertThat(object.fetched()).isLessThanOrEqualTo(SHORTEST + 20 * (16 << 10));
  }

  @Test
  void continuesABrokenRangeAtTheByteItHadReached() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    object.fate =
        in ->
            switch (requests.getAndIncrement() % 3) {
              case 0 -> breaking(in, 10_000);
              case 1 -> ending(in, 5_000);
              default -> in;
            };
    try (InputStream in = new RangedSource(object, QUICK).open(0)) {
      assertThat(in.readNBytes(SHORTEST)).isEqualTo(Arrays.copyOf(bytes, SHORTEST));
    }

    assertThat(object.asked)
        .containsExactly(
            new long[] {0, SHORTEST}, new long[] {10_000, SHORTEST}, new long[] {15_000, SHORTEST});
  }

  @Test
  void givesUpWhenNothingComesAnyMore() {
    object.fate = in -> breaking(in, 0);

    assertThatThrownBy(() -> new RangedSource(object, QUICK).open(0).read())
        .isInstanceOf(PgmendException.class)
        .hasMessage("memory://object: cannot read: Connection reset, 3 times");
    assertThat(object.asked).hasSize(3);
  }

  @Test
  void saysInTheReadersWordsWhatFailedAhead() {
    object.fate =
        in -> {
          if (object.asked.getLast()[0] > 20_000_000) {
            throw Failures.changed(object.name());
          }
          return in;
        };
    assertThatThrownBy(() -> new RangedSource(object, QUICK).open(0).readAllBytes())
        .isInstanceOf(PgmendException.class)
        .hasMessageStartingWith("memory://object: was changed while it was read");
  }

  /// A connection that is reset after some bytes.
  private static InputStream breaking(InputStream in, int after) {
    return new FilterInputStream(in) {
      private int left = after;

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (left == 0) {
          throw new IOException("Connection reset");
        }
        int count = super.read(target, offset, Math.min(length, left));
        left -= count;
        return count;
      }
    };
  }

  /// A connection that is closed after some bytes.
  private static InputStream ending(InputStream in, int after) {
    return new FilterInputStream(in) {
      private int left = after;

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (left == 0) {
          return -1;
        }
        int count = super.read(target, offset, Math.min(length, left));
        left -= count;
        return count;
      }
    };
  }
}
