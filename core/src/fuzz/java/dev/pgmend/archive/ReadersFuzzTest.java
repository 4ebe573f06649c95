package dev.pgmend.archive;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;

/// Looks for bytes that a reader cannot deal with, guided by what it covers. One reader per run:
///
/// ```
/// ./mvnw -Pfuzz -pl core -am test -Dtest=ReadersFuzzTest#script
/// ```
///
/// What it finds belongs into `src/test/resources/fuzz`, where [ReadersTest] reads it from then on.
class ReadersFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void archive(byte[] bytes) throws IOException {
    Readers.ARCHIVE.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void toc(byte[] bytes) throws IOException {
    Readers.TOC.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void script(byte[] bytes) throws IOException {
    Readers.SCRIPT.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void copytext(byte[] bytes) throws IOException {
    Readers.COPY_TEXT.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void inserttext(byte[] bytes) throws IOException {
    Readers.INSERT_TEXT.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void gzip(byte[] bytes) throws IOException {
    Readers.GZIP.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void zstd(byte[] bytes) throws IOException {
    Readers.ZSTD.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void lz4(byte[] bytes) throws IOException {
    Readers.LZ4.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void bzip2(byte[] bytes) throws IOException {
    Readers.BZIP2.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void xz(byte[] bytes) throws IOException {
    Readers.XZ.read(bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void zlib(byte[] bytes) throws IOException {
    Readers.ZLIB.read(bytes);
  }
}
