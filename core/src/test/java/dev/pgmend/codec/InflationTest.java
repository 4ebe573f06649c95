package dev.pgmend.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Adler32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InflationTest {
  private final Random random = new Random(42);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 6, 9})
  void isalMakesWhatTheJdkMakesWhateverThePiecesAre(int level) throws Exception {
    assumeTrue(Isal.available(), "libisal2 is not installed");
    for (int length : new int[] {0, 1, 100, 70_000, 700_000}) {
      byte[] plain = text(length);
      byte[] packed = packed(plain, level);
      for (int pieces : new int[] {1, 100, 10_000, 1_000_000}) {
        if (length / pieces > 10_000) {
          continue;
        }
        byte[] followed = Arrays.copyOf(packed, packed.length + 13);
        try (Inflation isal = new IsalInflation();
            Inflation jdk = new Inflation.Jdk()) {
          Made made = inflate(isal, followed, pieces);
          assertThat(made.bytes).isEqualTo(plain).isEqualTo(inflate(jdk, followed, pieces).bytes);
          assertThat(made.used).isEqualTo(packed.length);
          isal.reset();
          assertThat(inflate(isal, packed, pieces * 3).bytes).isEqualTo(plain);
        }
      }
    }
  }

  /// ISA-L takes some data that the JDK refuses, as codes that are incomplete: the checksum is there for that.
  @Test
  void damageIsFoundByTheChecksumAtLast() throws Exception {
    assumeTrue(Isal.available(), "libisal2 is not installed");
    byte[] plain = text(3000);
    byte[] good = packed(plain, 6);
    int both = 0;
    int one = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = good.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        damaged[random.nextInt(random.nextBoolean() ? 60 : damaged.length)] ^=
            (byte) (1 << random.nextInt(8));
      }
      int pieces = 1 + random.nextInt(5000);
      byte[] there;
      byte[] here;
      try (Inflation jdk = new Inflation.Jdk();
          Inflation isal = new IsalInflation()) {
        there = orNothing(jdk, damaged, pieces);
        here = orNothing(isal, damaged, pieces);
      }
      if (there.length > 0) {
        assertThat(Arrays.equals(here, there)).as("damage %d", i).isTrue();
        both++;
      } else if (here.length > 0 && !Arrays.equals(here, plain)) {
        assertThat(adler(here)).as("damage %d", i).isNotEqualTo(adler(plain));
        one++;
      }
    }
    assertThat(both).isPositive();
    assertThat(one).isPositive();
  }

  private static long adler(byte[] bytes) {
    var sum = new Adler32();
    sum.update(bytes);
    return sum.getValue();
  }

  @Test
  void longStreamsAreReadToTheEndAndNoFurther() throws IOException {
    byte[] plain = text(3_000_000);
    byte[] zlib = compressed(plain, false);
    byte[] gzip = compressed(plain, true);
    assertThat(zlib.length).isGreaterThan(300_000);
    assertThat(read(new ZlibInputStream(new ByteArrayInputStream(zlib)))).isEqualTo(plain);
    assertThat(read(new GzipInputStream(new ByteArrayInputStream(gzip)))).isEqualTo(plain);
    byte[] twice = Arrays.copyOf(gzip, gzip.length * 2 + 5);
    System.arraycopy(gzip, 0, twice, gzip.length, gzip.length);
    assertThat(read(new GzipInputStream(new ByteArrayInputStream(twice))))
        .hasSize(2 * plain.length);

    assertThatThrownBy(() ->
            read(
                new ZlibInputStream(
                    new ByteArrayInputStream(Arrays.copyOf(zlib, zlib.length + 1)))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bytes after the end");
    for (int cut : new int[] {1, 4, 5, 1000, 299_000}) {
      assertThatThrownBy(() ->
              read(
                  new ZlibInputStream(
                      new ByteArrayInputStream(Arrays.copyOf(zlib, zlib.length - cut)))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("truncated");
    }
    for (int at : new int[] {0, 1, zlib.length / 2, zlib.length - 1}) {
      byte[] damaged = zlib.clone();
      damaged[at] ^= 0x40;
      assertThatThrownBy(() -> read(new ZlibInputStream(new ByteArrayInputStream(damaged))))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void anErrorIsNotFollowedByAnEnd() throws IOException {
    byte[] zlib = compressed(text(1_000_000), false);
    zlib[zlib.length - 1] ^= 1;
    byte[] buffer = new byte[1 << 20];
    try (InputStream stream = new ZlibInputStream(new ByteArrayInputStream(zlib))) {
      assertThatThrownBy(
              () -> {
                while (stream.read(buffer) >= 0) {}
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("incorrect data check");
      assertThatThrownBy(() -> stream.read(buffer))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("incorrect data check");
    }
  }

  @Test
  void aClosedStreamIsNotRead() throws IOException {
    InputStream stream =
        new GzipInputStream(new ByteArrayInputStream(compressed(text(1_000_000), true)));
    assertThat(stream.read()).isNotNegative();
    stream.close();
    stream.close();
    assertThatThrownBy(stream::read).isInstanceOf(IOException.class).hasMessageContaining("closed");
  }

  private record Made(byte[] bytes, int used) {}

  private static byte[] orNothing(Inflation inflation, byte[] packed, int pieces) {
    try {
      return inflate(inflation, packed, pieces).bytes;
    } catch (DataFormatException damaged) {
      return new byte[0];
    }
  }

  private static Made inflate(Inflation inflation, byte[] packed, int pieces)
      throws DataFormatException {
    var out = new ByteArrayOutputStream();
    byte[] buffer = new byte[pieces * 2 + 1];
    int given = 0;
    while (!inflation.finished()) {
      if (inflation.wantsInput()) {
        if (given == packed.length) {
          throw new DataFormatException("truncated");
        }
        int piece = Math.min(pieces, packed.length - given);
        inflation.input(packed, given, piece);
        given += piece;
      }
      out.write(buffer, 0, inflation.inflate(buffer, 0, buffer.length));
    }
    return new Made(out.toByteArray(), given - inflation.remaining());
  }

  /// Lines with matches near and far, and with noise.
  private byte[] text(int length) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; ) {
      if (i > 100 && random.nextInt(3) == 0) {
        int from = random.nextInt(i);
        int count = Math.min(length - i, 3 + random.nextInt(400));
        for (int end = i + count; i < end; ) {
          text[i++] = text[from++];
        }
      } else {
        for (int end = Math.min(length, i + random.nextInt(80)); i < end; ) {
          text[i++] =
              (byte) (random.nextInt(20) == 0 ? random.nextInt(256) : 'a' + random.nextInt(16));
        }
      }
    }
    return text;
  }

  private static byte[] packed(byte[] plain, int level) {
    Deflater deflater = new Deflater(level, true);
    deflater.setInput(plain);
    deflater.finish();
    byte[] packed = new byte[plain.length + 1000];
    byte[] exact = Arrays.copyOf(packed, deflater.deflate(packed));
    deflater.end();
    return exact;
  }

  private static byte[] compressed(byte[] plain, boolean gzip) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var stream = gzip ? new GZIPOutputStream(out) : new DeflaterOutputStream(out)) {
      stream.write(plain);
    }
    return out.toByteArray();
  }

  private static byte[] read(InputStream stream) throws IOException {
    try (stream) {
      return stream.readAllBytes();
    }
  }
}
