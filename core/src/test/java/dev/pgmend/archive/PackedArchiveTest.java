package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives in tar, zip and compressed files hold what they hold without.
class PackedArchiveTest {
  private static final String CUSTOM = "pg15/nasty-Fc-Z0.dump";

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "pg15/nasty-Ft.tar, pg15/nasty-Fd-Z0",
    "pg17/nasty-Ft.tar, pg17/nasty-Fd-none",
    "pg18/nasty-Ft.tar, pg18/nasty-Fd-none"
  })
  void tarArchivesHoldTheSameRows(String tar, String reference) {
    try (Archive archive = Archive.open(Corpus.path(tar))) {
      assertThat(archive.header().format()).isEqualTo(Format.TAR);
      assertThat(archive.wrapping()).isEmpty();
      archive.checkWhole();
      assertThat(Corpus.rows(archive)).isEqualTo(rows(Corpus.path(reference)));
    }
  }

  @Test
  void compressedArchivesAreUnpacked() throws IOException {
    Path gz = gzip(Files.readAllBytes(Corpus.path(CUSTOM)), "app.dump");
    assertSame(gz, "gzip");
    assertSame(gzip(Files.readAllBytes(gz), "twice"), "gzip", "gzip");
    assertSame(gzip(Files.readAllBytes(Corpus.path("pg15/nasty-Ft.tar")), "tar"), "gzip");
  }

  @Test
  void aDumpInAZipFileIsFound() throws IOException {
    byte[] dump = Files.readAllBytes(Corpus.path(CUSTOM));
    byte[] readme = "see the wiki\n".getBytes();
    assertSame(zip(ZipEntry.DEFLATED, Map.of("backup/app", dump, "README", readme)), "zip");
    assertSame(zip(ZipEntry.STORED, Map.of("backup/app", dump, "README", readme)), "zip");
    assertThatThrownBy(
            () -> Archive.open(zip(ZipEntry.DEFLATED, Map.of("a.dump", dump, "b.dump", dump))))
        .hasMessageContaining("is a zip file with several dumps in it: ")
        .hasMessageContaining("a.dump");
    assertThatThrownBy(() -> Archive.open(zip(ZipEntry.DEFLATED, Map.of("README", readme))))
        .hasMessageEndingWith("is a zip file without a dump in it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg15/nasty-Fd", "pg17/nasty-Fd-zstd", "pg18/nasty-Fd-lz4"})
  void aDirectoryArchiveInATarFileIsFound(String name) throws Exception {
    Path source = Corpus.path(name);
    Path tar = directory.resolve("packed");
    run(
        "tar",
        "-cf",
        tar.toString(),
        "-C",
        source.getParent().toString(),
        "" + source.getFileName());
    try (Archive archive = Archive.open(tar)) {
      assertThat(archive.header().format()).isEqualTo(Format.DIRECTORY);
      assertThat(archive.wrapping()).containsExactly("tar");
      assertThat(Corpus.rows(archive)).isEqualTo(rows(source));
    }
    run("tar", "-cf", tar.toString(), "-C", source.toString(), ".");
    assertThat(rows(tar)).isEqualTo(rows(source));
    run("tar", "--format=pax", "-czf", tar.toString(), "-C", source.toString(), ".");
    assertThat(rows(tar)).isEqualTo(rows(source));
  }

  @Test
  void longNamesInTarFilesAreRead() throws Exception {
    Path deep = directory.resolve("d".repeat(90)).resolve("e".repeat(90));
    Files.createDirectories(deep);
    Files.copy(Corpus.path(CUSTOM), deep.resolve("app.dump"));
    for (String format : new String[] {"gnu", "pax", "ustar"}) {
      Path tar = directory.resolve(format + ".tar");
      String first = deep.getParent().getFileName().toString();
      run("tar", "--format=" + format, "-cf", "" + tar, "-C", "" + directory, first);
      assertSame(tar, "tar");
    }
  }

  @Test
  void aTarFileThatIsCutOffIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Corpus.path("pg15/nasty-Ft.tar"));
    for (int length : new int[] {600, 70_000, 100_001, whole.length - 1024}) {
      Path cut = Files.write(directory.resolve("cut.tar"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Archive.open(cut))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("tar file ends");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CUSTOM, "pg15/nasty-Fc-piped-nooffset.dump", "pg17/nasty-Fc-zstd.dump"})
  void aCustomArchiveThatIsCutOffIsNoticedBeforeItsRowsAreRead(String name) throws IOException {
    byte[] whole = Files.readAllBytes(Corpus.path(name));
    try (Archive archive = Archive.open(Corpus.path(name))) {
      archive.checkWhole();
    }
    for (int missing : new int[] {1, 100, 5000}) {
      Path cut =
          Files.write(directory.resolve("cut"), Arrays.copyOf(whole, whole.length - missing));
      try (Archive archive = Archive.open(cut)) {
        assertThatThrownBy(archive::checkWhole).isInstanceOf(ArchiveException.class);
      }
    }
  }

  @Test
  void aDirectoryArchiveThatLacksAFileIsNoticed() throws Exception {
    Path copy = directory.resolve("copy");
    run("cp", "-r", Corpus.path("pg15/nasty-Fd").toString(), copy.toString());
    run("chmod", "-R", "u+w", copy.toString());
    Files.delete(copy.resolve("3941.dat.gz"));
    try (Archive archive = Archive.open(copy)) {
      assertThatThrownBy(archive::checkWhole).hasMessageContaining("data file 3941.dat is missing");
    }
  }

  @Test
  void aPipeIsReadToItsEnd() throws IOException {
    byte[] dump = Files.readAllBytes(Corpus.path(CUSTOM));
    try (Archive archive = Archive.open("standard input", new ByteArrayInputStream(dump))) {
      assertThat(Corpus.rows(archive)).isEqualTo(rows(Corpus.path(CUSTOM)));
    }
  }

  private static void assertSame(Path packed, String... wrapping) {
    try (Archive archive = Archive.open(packed)) {
      assertThat(archive.wrapping()).containsExactly(wrapping);
      assertThat(Corpus.rows(archive)).isEqualTo(rows(Corpus.path(CUSTOM)));
    }
  }

  private static Map<String, String> rows(Path path) {
    try (Archive archive = Archive.open(path)) {
      return Corpus.rows(archive);
    }
  }

  private Path gzip(byte[] bytes, String name) throws IOException {
    Path file = directory.resolve(name);
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(bytes);
    }
    return file;
  }

  private Path zip(int method, Map<String, byte[]> files) throws IOException {
    Path file = directory.resolve("app.zip");
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> content : files.entrySet()) {
        var entry = new ZipEntry(content.getKey());
        entry.setMethod(method);
        if (method == ZipEntry.STORED) {
          var crc = new java.util.zip.CRC32();
          crc.update(content.getValue());
          entry.setCrc(crc.getValue());
          entry.setSize(content.getValue().length);
        }
        out.putNextEntry(entry);
        out.write(content.getValue());
        out.closeEntry();
      }
    }
    return file;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
