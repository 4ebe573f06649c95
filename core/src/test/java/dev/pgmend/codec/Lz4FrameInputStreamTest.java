package dev.pgmend.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// pg_dump's own frames are read by the tests of archives.
class Lz4FrameInputStreamTest {
  private static final int LINKED = 0x40;
  private static final int INDEPENDENT = 0x60;
  private static final int BLOCK_CHECKSUM = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_CHECKSUM = 0x04;

  private final ByteArrayOutputStream frame = new ByteArrayOutputStream();

  @Test
  void nothingIsAnEmptyFile() throws IOException {
    assertThat(decode()).isEmpty();
  }

  @Test
  void copiesFromBlocksBefore() throws IOException {
    header(LINKED, 0);
    block(0x50, 'h', 'e', 'l', 'l', 'o');
    // no literals, 4 + 2 bytes from 5 back, then the literal "!"
    block(0x02, 5, 0, 0x10, '!');
    end();
    assertThat(text()).isEqualTo("hellohelloh!");
  }

  @Test
  void independentBlocksMayNotCopyFromBlocksBefore() {
    header(INDEPENDENT, 0);
    block(0x50, 'h', 'e', 'l', 'l', 'o');
    block(0x02, 5, 0, 0x10, '!');
    end();
    assertThatThrownBy(this::decode).isInstanceOf(IOException.class).hasMessageContaining("block");
  }

  @Test
  void checksBlocksAndContent() throws IOException {
    byte[] text = "stored as it is".getBytes(StandardCharsets.US_ASCII);
    header(LINKED | BLOCK_CHECKSUM | CONTENT_SIZE | CONTENT_CHECKSUM, text.length);
    int32(text.length | 0x80000000);
    frame.writeBytes(text);
    int32(hash(text));
    end();
    int32(hash(text));
    assertThat(text()).isEqualTo("stored as it is");
    byte[] good = frame.toByteArray();
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 1;
      assertThatThrownBy(() -> decode(damaged)).isInstanceOf(IOException.class);
      byte[] cut = Arrays.copyOf(good, i);
      if (i > 0) {
        assertThatThrownBy(() -> decode(cut)).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void readsFramesOneAfterAnother() throws IOException {
    for (int i = 0; i < 3; i++) {
      header(LINKED, 0);
      block(0x10, 'a' + i);
      end();
    }
    assertThat(text()).isEqualTo("abc");
  }

  @Test
  void longMatchesRepeatTheirOwnOutput() throws IOException {
    header(LINKED, 0);
    // one literal, then 4 + 15 + 255 + 255 + 9 bytes from 1 back, then the literal "."
    block(0x1f, 'x', 1, 0, 255, 255, 9, 0x10, '.');
    end();
    assertThat(text()).isEqualTo("x".repeat(1 + 538) + ".");
  }

  @Test
  void hostileBlocksAreErrors() {
    int[][] blocks = {
      {},
      {0x10},
      {0xf0, 255},
      {0x10, 'a', 1},
      {0x10, 'a', 0, 0, 0x10, 'b'},
      {0x10, 'a', 2, 0, 0x10, 'b'},
      {0x1f, 'a', 1, 0},
      {0x10, 'a', 1, 0},
    };
    for (int[] bytes : blocks) {
      frame.reset();
      header(LINKED, 0);
      block(bytes);
      end();
      if (bytes.length > 0) {
        assertThatThrownBy(this::decode).isInstanceOf(IOException.class);
      }
    }
    frame.reset();
    header(LINKED, 0);
    int32(65537);
    assertThatThrownBy(this::decode).hasMessageContaining("larger than the frame allows");
  }

  @Test
  void randomBytesNeverBreakOut() {
    var random = new Random(42);
    var bytes = new byte[40];
    for (int round = 0; round < 200_000; round++) {
      random.nextBytes(bytes);
      var target = new byte[256];
      try {
        Lz4Block.decode(bytes, bytes.length, target, 64, 192, 32);
      } catch (IOException e) {
        assertThat(e).hasMessage("lz4 block is malformed");
      }
      for (int i = 192; i < 256; i++) {
        assertThat(target[i]).isZero();
      }
    }
  }

  private void header(int flags, int contentSize) {
    int32(0x184d2204);
    var descriptor = new ByteArrayOutputStream();
    descriptor.write(flags);
    descriptor.write(0x40);
    if ((flags & CONTENT_SIZE) != 0) {
      descriptor.write(contentSize);
      descriptor.writeBytes(new byte[7]);
    }
    frame.writeBytes(descriptor.toByteArray());
    frame.write(hash(descriptor.toByteArray()) >> 8);
  }

  private void block(int... bytes) {
    int32(bytes.length);
    for (int b : bytes) {
      frame.write(b);
    }
  }

  private void end() {
    int32(0);
  }

  private void int32(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      frame.write(value >> shift);
    }
  }

  private static int hash(byte[] bytes) {
    var hash = new XxHash32();
    hash.update(bytes, 0, bytes.length);
    return hash.value();
  }

  private String text() throws IOException {
    return new String(decode(), StandardCharsets.US_ASCII);
  }

  private byte[] decode() throws IOException {
    return decode(frame.toByteArray());
  }

  private static byte[] decode(byte[] bytes) throws IOException {
    try (InputStream in = new Lz4FrameInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }
}
