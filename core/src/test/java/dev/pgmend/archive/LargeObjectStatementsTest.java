package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What stands in a script where large objects should.
class LargeObjectStatementsTest {
  private static final String OPEN = "SELECT pg_catalog.lo_open('7', 131072);\n";
  private static final String CLOSE = "SELECT pg_catalog.lo_close(0);\n";

  @TempDir Path directory;

  @Test
  void thoseThatAreNotWantedAreSkipped() throws IOException {
    String statements =
        OPEN
            + "SELECT pg_catalog.lowrite(0, '\\x00ff');\nSELECT pg_catalog.lowrite(0, '\\x41');\n"
            + CLOSE
            + "\nCOMMIT;\n\n--\n-- Data for Name: 8; Type: BLOBS\n--\n\nBEGIN;\n\n"
            + OPEN.replace("'7'", "'8'")
            + "SELECT pg_catalog.lowrite(0, '\\x42');\n"
            + CLOSE;
    assertThat(read(statements, 7)).containsExactly("\0\u00ffA");
    assertThat(read(statements, 8)).containsExactly("B");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT pg_catalog.lowrite(0, '\\x4');",
        "SELECT pg_catalog.lowrite(0, '\\x4g');",
        "SELECT pg_catalog.lowrite(0, '41');",
        "SELECT pg_catalog.lowrite(0, '\\');",
        "SELECT pg_catalog.lowrite(1, '\\x41');",
        "SELECT pg_catalog.lo_open('9', 131072);",
      })
  void whatPgDumpDoesNotWriteIsAnErrorWithItsPlace(String statement) {
    assertThatThrownBy(() -> read(OPEN + statement + "\n" + CLOSE, 7))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("statement is not one that pg_dump writes for large objects")
        .hasMessageContaining("offset ");
  }

  private List<String> read(String statements, long oid) throws IOException {
    Path script =
        Files.writeString(
            directory.resolve("app.sql"),
            "--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\n"
                + "CREATE TABLE public.t (o oid);\nSELECT pg_catalog.lo_create('7');\nSELECT pg_catalog.lo_create('8');\nBEGIN;\n\n"
                + statements
                + "\nCOMMIT;\n\n--\n-- PostgreSQL database dump complete\n--\n");
    List<String> contents = new ArrayList<>();
    try (Archive archive = Archive.open(script)) {
      for (Entry entry : LargeObjects.of(archive.toc()).data()) {
        archive.largeObjects(
            entry,
            new LargeObjectReader() {
              @Override
              public boolean wants(long candidate) {
                return candidate == oid;
              }

              @Override
              public void read(long found, InputStream content) throws IOException {
                contents.add(new String(content.readAllBytes(), StandardCharsets.ISO_8859_1));
              }
            });
      }
    }
    return contents;
  }
}
