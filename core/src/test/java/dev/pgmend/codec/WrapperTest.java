package dev.pgmend.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Files as the programs themselves make them.
class WrapperTest {
  private static final byte[] TEXT = text(700_000);

  static Stream<List<String>> programs() {
    return Stream.of(
        List.of("gzip", "-c"),
        List.of("gzip", "-1", "-c"),
        List.of("bzip2", "-c"),
        List.of("bzip2", "-1", "-c"),
        List.of("xz", "-c", "-1"),
        List.of("xz", "-c", "--check=sha256"),
        List.of("zstd", "-c", "-q"),
        List.of("zstd", "-c", "-q", "--ultra", "--long=31", "-3"),
        List.of("lz4", "-c", "-q"),
        List.of("lz4", "-c", "-q", "-BD", "-B4"));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void readsWhatTheProgramWrites(List<String> program) throws IOException {
    byte[] packed = pack(program, TEXT);
    assertThat(unpack(packed)).isEqualTo(TEXT);
    assertThat(unpack(pack(program, new byte[0]))).isEmpty();
    byte[] zeros = new byte[300_000];
    assertThat(unpack(pack(program, zeros))).isEqualTo(zeros);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void readsSeveralFilesInARow(List<String> program) throws IOException {
    byte[] first = pack(program, "abc".getBytes(StandardCharsets.UTF_8));
    byte[] second = pack(program, TEXT);
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    assertThat(unpack(both)).hasSize(TEXT.length + 3);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void noticesThatTheEndIsMissing(List<String> program) throws IOException {
    byte[] packed = pack(program, text(20_000));
    for (int length = 10; length < packed.length; length += length < 60 ? 1 : 101) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertThatThrownBy(() -> unpack(cut)).isInstanceOf(IOException.class);
    }
    byte[] cut = Arrays.copyOf(packed, packed.length - 1);
    assertThatThrownBy(() -> unpack(cut)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void damageIsAnErrorAndNeverOtherBytes(List<String> program) throws IOException {
    byte[] text = text(5_000);
    byte[] packed = pack(program, text);
    boolean checked = !List.of("zstd", "lz4").contains(program.getFirst());
    var random = new Random(5);
    for (int round = 0; round < 300; round++) {
      byte[] damaged = packed.clone();
      damaged[4 + random.nextInt(damaged.length - 4)] ^= (byte) (1 + random.nextInt(255));
      try {
        byte[] read = unpack(damaged);
        if (checked) {
          assertThat(read).isEqualTo(text);
        }
      } catch (IOException e) {
        assertThat(e).isNotNull();
      }
    }
  }

  @Test
  void gzipIsReadFromASourceThatCannotTellHowMuchThereIs() throws IOException {
    byte[] one = pack(List.of("gzip", "-c"), TEXT);
    byte[] two = Arrays.copyOf(one, 2 * one.length);
    System.arraycopy(one, 0, two, one.length, one.length);
    InputStream source =
        new ByteArrayInputStream(two) {
          @Override
          public synchronized int available() {
            return 0;
          }
        };
    try (InputStream in = Wrapper.GZIP.open(source)) {
      assertThat(in.readAllBytes()).hasSize(2 * TEXT.length);
    }
  }

  @Test
  void bytesAfterTheEndOfAGzipFileAreAnError() throws IOException {
    byte[] one = pack(List.of("gzip", "-c"), TEXT);
    byte[] padded = Arrays.copyOf(one, one.length + 512);
    assertThat(unpack(padded)).isEqualTo(TEXT);
    padded[padded.length - 1] = 'x';
    assertThatThrownBy(() -> unpack(padded)).hasMessageContaining("bytes after the end");
  }

  private static byte[] unpack(byte[] packed) throws IOException {
    Wrapper wrapper = Wrapper.of(packed).orElseThrow(() -> new IOException("not known"));
    try (InputStream in = wrapper.open(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }

  static byte[] pack(List<String> program, byte[] bytes) throws IOException {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(path -> Files.isExecutable(Path.of(path, program.getFirst()))),
        () -> program.getFirst() + " is not installed");
    Process process =
        new ProcessBuilder(program).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Thread writer =
        Thread.startVirtualThread(() -> {
          try (var out = process.getOutputStream()) {
            out.write(bytes);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    var packed = new ByteArrayOutputStream();
    process.getInputStream().transferTo(packed);
    try {
      writer.join();
      assertThat(process.waitFor()).isZero();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return packed.toByteArray();
  }

  private static byte[] text(int length) {
    var random = new Random(length);
    var text = new StringBuilder();
    while (text.length() < length) {
      text.append(random.nextInt(1000)).append('\t').append("aaaaaaaaaa", 0, random.nextInt(10));
      text.append(random.nextInt(3) == 0 ? "\\N\n" : "row\n");
    }
    return text.substring(0, length).getBytes(StandardCharsets.ISO_8859_1);
  }
}
