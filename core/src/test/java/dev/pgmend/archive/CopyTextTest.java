package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyTextTest {
  private static final String TRAILER = "\\.\n\n\n";

  @TempDir Path directory;

  @Test
  void rowsOfAnyLengthPassWhereverTheBufferCutsThem() {
    var random = new Random(3);
    String[] pieces = {
      "\\\\.", "\\N", "\t", "\n", "\n\n", "ö", "€", "😀", "\\\\", "abc", "\\t.", "."
    };
    for (int round = 0; round < 40; round++) {
      var rows = new StringBuilder("x".repeat(131_072 - 300 + random.nextInt(250)));
      for (int i = 0; i < 500; i++) {
        rows.append(pieces[random.nextInt(pieces.length)]);
      }
      rows.append('\n');
      assertThat(read(rows + TRAILER, "UTF8", StandardCharsets.UTF_8)).isEqualTo(rows.toString());
    }
  }

  @Test
  void theTrailerIsFoundWhereverTheBufferCutsIt() {
    for (int length = 131_072 - 12; length < 131_072 + 12; length++) {
      String rows = "x".repeat(length - 1) + "\n";
      assertThat(read(rows + TRAILER, "UTF8", StandardCharsets.UTF_8)).isEqualTo(rows);
    }
  }

  @Test
  void aTableWithoutRowsIsOnlyTheTrailer() {
    assertThat(read(TRAILER, "UTF8", StandardCharsets.UTF_8)).isEmpty();
    assertThat(read(TRAILER, "SJIS", StandardCharsets.US_ASCII)).isEmpty();
  }

  @Test
  void aBackslashInsideACharacterIsNone() {
    String rows = "ソ.\tソ\nソ\n\\\\ソ\n";
    Charset sjis = Charset.forName("windows-31j");
    assertThat(rows.getBytes(sjis)).contains(0x5c);
    assertThat(read(rows + TRAILER, "SJIS", sjis)).isEqualTo(rows);
  }

  @Test
  void validUtf8OfASqlAsciiDatabasePasses() {
    assertThat(read("é\n" + TRAILER, "SQL_ASCII", StandardCharsets.UTF_8)).isEqualTo("é\n");
  }

  private String read(String data, String encoding, Charset charset) {
    var synthetic = new SyntheticArchive().encoding(encoding).rows(2, data.getBytes(charset));
    try (Archive archive = Archive.open(synthetic.write(directory.resolve("archive")))) {
      return Corpus.text(archive, archive.toc().find(2).orElseThrow());
    }
  }
}
