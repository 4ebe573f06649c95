package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKindTest {
  private static final String PLAIN = "--\n-- PostgreSQL database dump\n--\n\n";
  private static final String ONLY =
      "Only custom (pg_dump -Fc) and directory (pg_dump -Fd) archives are read yet.";

  @TempDir Path directory;

  @Test
  void saysThatNothingIsThere() {
    assertRefused(directory.resolve("missing.dump"), "no such file or directory", null);
  }

  @Test
  void saysWhatAFileIsThatIsNoArchive() throws IOException {
    assertRefused(bytes("PGDUMP\n"), "is not a pg_dump archive", ONLY);
    assertRefused(bytes(""), "is empty", null);
    assertRefused(bytes("PGD"), "is truncated (offset 3)", null);
    assertRefused(bytes(PLAIN), "is a plain SQL script", ONLY);
    assertRefused(bytes("\nSET client_encoding = 'UTF8';\n"), "is a plain SQL script", ONLY);
    assertRefused(
        bytes("--\n-- PostgreSQL database cluster dump\n--\n"), "is a script of pg_dumpall", ONLY);
    assertRefused(gzip(PLAIN), "is compressed with gzip as a whole", ONLY);
    assertRefused(bytes("(\u00b5/\u00fdxxxx"), "is compressed with zstd as a whole", ONLY);
    assertRefused(bytes("\u0004\"M\u0018xxxx"), "is compressed with lz4 as a whole", ONLY);
    assertRefused(bytes("\u00ff\u00feP\0G\0"), "is UTF-16 text", ONLY);
  }

  @Test
  void saysThatAFileIsATarFile() throws IOException {
    var header = new byte[1024];
    put(header, 0, "toc.dat");
    put(header, 257, "ustar\00000");
    put(header, 148, "        ");
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += header[i];
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    assertRefused(header, "is a tar file", ONLY);
  }

  @Test
  void saysWhatADirectoryIsThatIsNoArchive() throws IOException {
    assertRefused(directory, "directory has no toc.dat", null);
    Files.createFile(directory.resolve("PG_VERSION"));
    assertRefused(directory, "is a data directory of PostgreSQL", null);
    Files.createFile(directory.resolve("map.dat"));
    assertRefused(
        directory,
        "is an archive of pg_dumpall",
        "Give one of the archives in its directory \"databases\".");
  }

  @Test
  void saysThatATocAloneIsNoArchive() {
    assertRefused(
        Corpus.path("pg15/nasty-Fd/toc.dat"),
        "is only the table of contents of a directory archive",
        "Give the directory that it is in.");
  }

  private void assertRefused(byte[] bytes, String problem, @Nullable String hint)
      throws IOException {
    assertRefused(Files.write(directory.resolve("file"), bytes), problem, hint);
  }

  private static void assertRefused(Path path, String problem, @Nullable String hint) {
    assertThatThrownBy(() -> Archive.open(path))
        .isInstanceOfSatisfying(
            ArchiveException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(PgmendException.Kind.SOURCE);
              assertThat(e).hasMessageStartingWith(path + ": " + problem);
              assertThat(e.hint()).isEqualTo(hint);
            });
  }

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] gzip(String text) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes(text));
    }
    return out.toByteArray();
  }

  private static void put(byte[] target, int at, String text) {
    byte[] bytes = bytes(text);
    System.arraycopy(bytes, 0, target, at, bytes.length);
  }
}
