package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives as `pg_dump -Fc >file` writes them since version 16. The samples have two tables of 50 rows, and a large object.
class AppendedTocTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"17", "18", "19rc1", "19rc1-statistics"})
  void theSecondTableOfContentsTellsWhereTheRowsAre(String sample) throws IOException {
    try (Archive archive = Archive.open(Files.write(file(), bytes(sample)))) {
      archive.checkWhole();
      Entry rows = Corpus.entry(archive, "TABLE DATA", "public", "t");
      assertThat(rows.data()).isInstanceOf(DataMember.AtOffset.class);
      assertThat(archive.storedSize(rows)).isPositive();
      assertThat(Corpus.text(archive, rows))
          .isEqualTo(
              IntStream.rangeClosed(1, 50)
                  .mapToObj(i -> i + "\trow " + i + "\n")
                  .collect(Collectors.joining()));
      assertThat(LargeObjects.of(archive.toc()).data()).hasSize(1);
    }
  }

  @Test
  void theDefinitionsOfStatisticsAreThoseOfTheFirst() throws IOException {
    try (Archive archive = Archive.open(Files.write(file(), bytes("19rc1-statistics")))) {
      assertThat(archive.toc().entries())
          .filteredOn(entry -> entry.desc().equals("STATISTICS DATA"))
          .isNotEmpty()
          .allSatisfy(entry -> assertThat(entry.defn()).contains("pg_restore_relation_stats"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"17", "19rc1-statistics"})
  void oneThatIsCutOffOrSaysSomethingElseIsNotBelieved(String sample) throws IOException {
    byte[] whole = bytes(sample);
    int second = new String(whole, StandardCharsets.ISO_8859_1).lastIndexOf("ENCODING");
    for (int cut = 1; cut < whole.length - second; cut += 97) {
      assertNotWhole(java.util.Arrays.copyOf(whole, whole.length - cut));
    }
    byte[] changed = whole.clone();
    changed[second] ^= 1;
    assertNotWhole(changed);
  }

  private void assertNotWhole(byte[] bytes) throws IOException {
    try (Archive archive = Archive.open(Files.write(file(), bytes))) {
      assertThatThrownBy(archive::checkWhole).isInstanceOf(PgmendException.class);
    }
  }

  private Path file() {
    return directory.resolve("app.dump");
  }

  private static byte[] bytes(String sample) throws IOException {
    try (InputStream in =
        AppendedTocTest.class.getResourceAsStream("/stdout/" + sample + ".dump")) {
      return java.util.Objects.requireNonNull(in).readAllBytes();
    }
  }
}
