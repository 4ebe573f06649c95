package dev.pgmend.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bytes that are no text are an error with its place, or replaced and counted.
class EncodingErrorsTest {
  private static final String SCRIPT =
      """
      SET client_encoding = '%s';
      SET standard_conforming_strings = on;
      CREATE TABLE public.t (a text);
      %s
      """;

  @TempDir private Path directory;

  /// `\u0081` and its like stand for the byte.
  @ParameterizedTest
  @CsvSource({
    "UTF8,     'a\u00e9b\n\u00c3\u00a9\n\u00ff\u00fe\n', 'a\uFFFDb\né\n\uFFFD\uFFFD\n', 1, 2",
    "WIN1252,  'ok\n\u0081\u0081\u00e9\n',           'ok\n\uFFFD\uFFFDé\n',         2, 1",
    "EUC_JP,   '\u00a4\u00a2\n\u00a4\n',             'あ\n\uFFFD\n',                 2, 1",
    "SJIS,     '\u0082\u00a0\n\u0082 x\n',         'あ\n\uFFFD x\n',             2, 1",
    "SQL_ASCII,'caf\u00e9\nx\n',                      'caf\uFFFD\nx\n',               0, 1",
  })
  void malformedBytesAreReplacedAndTheirRowsCounted(
      String encoding, String bytes, String expected, int firstBad, int bad) throws IOException {
    String data = unescaped(bytes);
    Path copy = script(encoding, "COPY public.t (a) FROM stdin;\n" + data + "\\.\n");
    StringBuilder inserts = new StringBuilder();
    for (String row : data.split("\n")) {
      inserts.append("INSERT INTO public.t (a) VALUES ('").append(row).append("');\n");
    }
    for (Path file : new Path[] {copy, script(encoding, inserts.toString())}) {
      if (firstBad > 0) {
        try (Archive archive = Archive.open(file)) {
          assertThatThrownBy(() -> text(archive, "UTF8"))
              .isInstanceOf(ArchiveException.class)
              .hasMessageContaining("text is not valid " + encoding + ", row " + firstBad)
              .hasMessageContaining("offset ");
        }
      }
      try (Archive archive = Archive.open(file, new Reading(DatabaseChoice.only(), true))) {
        assertThat(archive.replacements()).isEmpty();
        assertThat(text(archive, "UTF8")).isEqualTo(unescaped(expected));
        assertThat(archive.replacements())
            .singleElement()
            .satisfies(replacement -> {
              assertThat(replacement.rows()).isEqualTo(bad);
              assertThat(replacement.encoding()).isEqualTo(encoding);
              assertThat(replacement.malformed()).isTrue();
            });
      }
    }
  }

  @Test
  void charactersThatTheTargetLacksAreReplacedAndTheirRowsCounted() throws IOException {
    String rows = "plain\nçé\nあ い\n€ 😀 ok\nlast\n";
    Path file = script("UTF8", "COPY public.t (a) FROM stdin;\n" + latin1(rows) + "\\.\n");
    try (Archive archive = Archive.open(file, new Reading(DatabaseChoice.only(), true))) {
      assertThat(text(archive, "LATIN1")).isEqualTo("plain\nçé\n? ?\n? ? ok\nlast\n");
      assertThat(archive.replacements())
          .containsExactly(
              new Replacement(Corpus.tableData(archive, "public", "t"), 2, "LATIN1", false));
      assertThat(text(archive, "EUC_JP")).isEqualTo("plain\nçé\nあ い\n? ? ok\nlast\n");
      assertThat(text(archive, "WIN1252")).isEqualTo("plain\nçé\n? ?\n€ ? ok\nlast\n");
    }
    try (Archive archive = Archive.open(file)) {
      assertThat(text(archive, "LATIN1")).isEqualTo(rows);
    }
  }

  @Test
  void everyRowOfALongTableIsCountedOnce() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      rows.append(i).append(i % 4 == 0 ? "\u00ff\u00ff" : "\u00c3\u00a9").append('\n');
    }
    Path file = script("UTF8", "COPY public.t (a) FROM stdin;\n" + rows + "\\.\n");
    try (Archive archive = Archive.open(file, new Reading(DatabaseChoice.only(), true))) {
      assertThat(text(archive, "KOI8R").lines().filter(line -> line.contains("?")))
          .hasSize(100_000);
      assertThat(archive.replacements())
          .extracting(Replacement::rows)
          .containsExactly(25_000L, 100_000L);
    }
  }

  private static String text(Archive archive, String target) {
    return new String(
        Corpus.bytes(archive.copyText(Corpus.tableData(archive, "public", "t"), target)), UTF_8);
  }

  private static String latin1(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  private static String unescaped(String text) {
    return java.util.regex.Pattern.compile("\\\\u([0-9A-Fa-f]{4})|\\\\n")
        .matcher(text)
        .replaceAll(match ->
            match.group(1) == null
                ? "\n"
                : String.valueOf((char) Integer.parseInt(match.group(1), 16)));
  }

  private Path script(String encoding, String data) throws IOException {
    Path file = Files.createTempFile(directory, "backup", ".sql");
    return Files.write(file, SCRIPT.formatted(encoding, data).getBytes(ISO_8859_1));
  }
}
