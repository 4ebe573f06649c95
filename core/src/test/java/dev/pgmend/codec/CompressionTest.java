package dev.pgmend.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressionTest {
  @ParameterizedTest
  @EnumSource(Compression.class)
  void noBytesAreAnEmptyMember(Compression compression) throws IOException {
    var empty = new ByteArrayInputStream(new byte[0]);
    assertThat(compression.openFile(empty).readAllBytes()).isEmpty();
    assertThat(compression.openMember(empty).readAllBytes()).isEmpty();
  }

  @Test
  void zlibStreamsEndWhereTheirSourceEnds() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(out)) {
      deflater.write("some rows".getBytes());
    }
    byte[] bytes = out.toByteArray();
    assertThat(decode(Compression.GZIP, bytes)).asString().isEqualTo("some rows");
    assertThatThrownBy(() -> decode(Compression.GZIP, Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bytes after the end");
    assertThatThrownBy(() -> decode(Compression.GZIP, Arrays.copyOf(bytes, bytes.length - 1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void zlibDictionariesAreAnError() throws IOException {
    var deflater = new Deflater();
    deflater.setDictionary("dictionary".getBytes());
    var out = new ByteArrayOutputStream();
    try (var stream = new DeflaterOutputStream(out, deflater)) {
      stream.write("dictionary".getBytes());
    }
    deflater.end();
    assertThatThrownBy(() -> decode(Compression.GZIP, out.toByteArray()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("dictionary");
  }

  @Test
  void zstdWindowsMayBeAsLongAsPgDumpMakesThemAndNoLonger() throws IOException {
    assertThat(decode(Compression.ZSTD, zstdFrame(27))).asString().isEqualTo("a");
    assertThatThrownBy(() -> decode(Compression.ZSTD, zstdFrame(28)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("too much memory");
  }

  /// One stored block of one byte, in a frame that asks for a window.
  private static byte[] zstdFrame(int windowLog) {
    return new byte[] {
      0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (windowLog - 10 << 3), 9, 0, 0, 'a'
    };
  }

  private static byte[] decode(Compression compression, byte[] bytes) throws IOException {
    try (InputStream in = compression.openMember(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }
}
