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
  private static final String READ =
      "pgmend reads what pg_dump and pg_dumpall write, also compressed, and in tar and zip files.";

  @TempDir Path directory;

  @Test
  void saysThatNothingIsThere() {
    assertRefused(directory.resolve("missing.dump"), "no such file or directory", null);
  }

  @Test
  void saysWhatAFileIsThatIsNoArchive() throws IOException {
    assertRefused(bytes("PGDUMP\n"), "is not a pg_dump archive", READ);
    assertRefused(bytes("id,name\n1,x\n"), "is not a pg_dump archive", READ);
    assertRefused(bytes("Salted__x"), "is encrypted by openssl: decrypt it first", READ);
    assertRefused(bytes("<?xml version=\"1.0\"?>\n<Error>"), "is XML or HTML", READ);
    assertRefused(bytes("7z\u00bc\u00af"), "is a 7z file: unpack it first", READ);
    assertRefused(bytes(""), "is empty", null);
    assertRefused(gzip(""), "is empty", null);
    assertRefused(bytes("PGD"), "is truncated (offset 3)", null);
    assertRefused(
        bytes("\u00ff\u00feP\0G\0"),
        "is UTF-16 text",
        "Convert a plain dump to UTF-8 without a byte order mark; dump again with pg_dump -f otherwise.");
  }

  @Test
  void namesAreNotAsked() {
    for (String name : new String[] {"a.dump", "a.sql", "a", "a.gz"}) {
      assertThat(FileKind.of(bytes("PGDMP\1\16"))).as(name).isEqualTo(FileKind.CUSTOM);
    }
    assertThat(FileKind.of(bytes("--\n-- PostgreSQL database dump"))).isEqualTo(FileKind.SCRIPT);
    assertThat(FileKind.of(bytes("\nSET client_encoding = 'UTF8';\n"))).isEqualTo(FileKind.SCRIPT);
    assertThat(FileKind.of(bytes("\\restrict abc\n"))).isEqualTo(FileKind.SCRIPT);
    assertThat(FileKind.of(bytes("CREATE SCHEMA app;\n"))).isEqualTo(FileKind.SCRIPT);
    assertThat(FileKind.of(bytes("create;\0\0"))).isEqualTo(FileKind.OTHER);
    assertThat(FileKind.of(bytes("\u001f\u008b\b"))).isEqualTo(FileKind.WRAPPED);
    assertThat(FileKind.of(bytes("PK\3\4"))).isEqualTo(FileKind.ZIP);
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
}
