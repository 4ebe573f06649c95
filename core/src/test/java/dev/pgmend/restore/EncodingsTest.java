package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.archive.Reading;
import dev.pgmend.archive.Replacement;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Text goes from databases of one encoding into those of another.
class EncodingsTest {
  private static final String ROWS = "SELECT \"nämé\" FROM t ORDER BY id";

  @TempDir private static Path directory;

  @BeforeAll
  static void needsClientTools() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @CsvSource({
    "LATIN1,  LATIN1,  grüße ÿ ¤,       UTF8",
    "LATIN9,  LATIN9,  grüße €,         UTF8",
    "LATIN2,  LATIN2,  żółw é,          UTF8",
    "WIN1250, WIN1250, żółw „é”,        UTF8",
    "WIN1252, WIN1252, grüße – €,       LATIN9",
    "UTF8,    UTF8,    grüße é,         LATIN1",
    "UTF8,    UTF8,    żółw é,          WIN1250",
    "LATIN1,  UTF8,    grüße é,         WIN1252",
  })
  void textArrivesInTheTargetsEncoding(String from, String dumped, String text, String to) {
    String value = from.equals("WIN1252") ? "grüße €" : text;
    assertArrives(from, dumped, value, to, "nämé");
  }

  @ParameterizedTest
  @CsvSource({
    "EUC_JP, EUC_JP, 日本語 表ソ ～,   UTF8",
    "EUC_JP, SJIS,   日本語 表ソ ｱｲｳ,  UTF8",
    "UTF8,   SJIS,   日本語 表ソ ｱｲｳ,  EUC_JP",
    "WIN1251, WIN1251, привет,        UTF8",
    "UTF8,   KOI8R,  привет,          WIN1251",
    "UTF8,   BIG5,   功蓋許,           UTF8",
    "UTF8,   UHC,    한국어,           EUC_KR",
  })
  void textWithBackslashesAmongItsBytesArrives(String from, String dumped, String text, String to) {
    assertArrives(from, dumped, text, to, "name");
  }

  private static void assertArrives(
      String from, String dumped, String text, String to, String column) {
    String rows = "SELECT \"%s\" FROM t ORDER BY id".formatted(column);
    // pg_dump reads the names of all roles, and on the shared server some are not in every
    // encoding.
    try (Database source = Database.inEncoding(Servers.replicating(), from)) {
      source.execute(
          "CREATE TABLE t (id int PRIMARY KEY, \"%s\" text DEFAULT '%s'); INSERT INTO t VALUES (1, DEFAULT), (2, 'a\\b%s\\'), (3, E'x\\ty')"
              .formatted(column, text, text));
      List<String> before = source.queryColumn(rows);
      for (String format : new String[] {"-Fc", "-Fp", "-Fd", "--inserts"}) {
        Path file = directory.resolve("%s-%s-%s%s".formatted(from, dumped, to, format));
        Client.dump(source, file, false, List.of("--encoding=" + dumped, format));
        try (Database target = Database.inEncoding(to)) {
          assertThat(
                  Restores.run(
                          file,
                          Restores.target(target.uri()),
                          Progress.NONE,
                          UnaryOperator.identity(),
                          "public.t")
                      .status())
              .isEqualTo(Status.DONE);
          assertThat(target.queryColumn(rows)).isEqualTo(before).contains("a\\b" + text + "\\");
        }
      }
    }
  }

  @Test
  void charactersThatTheTargetLacksAreAnErrorOrReplaced() {
    Path file = directory.resolve("utf8.dump");
    try (Database source = Database.inEncoding("UTF8");
        Database target = Database.inEncoding("LATIN1")) {
      source.execute(
          "CREATE TABLE t (id int PRIMARY KEY, \"nämé\" text); INSERT INTO t VALUES (1, 'é'), (2, '日本'), (3, '€')");
      Client.dump(source, file, false, List.of("-Fc"));
      assertThatThrownBy(() ->
              Restores.run(
                  file,
                  Restores.target(target.uri()),
                  Progress.NONE,
                  UnaryOperator.identity(),
                  "public.t"))
          .hasMessageContaining("characters that the database's encoding LATIN1 lacks")
          .hasMessageContaining("line 2")
          .asInstanceOf(InstanceOfAssertFactories.type(PgmendException.class))
          .extracting(PgmendException::kind)
          .isEqualTo(Kind.TARGET);
      assertThat(Restores.schemas(target)).isEmpty();
      assertReplaced(file, target, List.of("é", "??", "?"), 2, false);
    }
  }

  @Test
  void bytesWithoutAnEncodingAreTakenForUtf8() {
    Path file = directory.resolve("ascii.dump");
    try (Database source = Database.inEncoding("SQL_ASCII");
        Database target = Database.inEncoding("UTF8")) {
      source.execute(
          "CREATE TABLE t (id int PRIMARY KEY, \"nämé\" text); INSERT INTO t VALUES (1, E'caf\\xe9'), (2, E'caf\\xc3\\xa9')");
      Client.dump(source, file, false, List.of("-Fc"));
      assertReplaced(file, target, List.of("caf\uFFFD", "café"), 1, true);
    }
  }

  /// Restored twice: the second time there is nothing to do.
  private static void assertReplaced(
      Path file, Database target, List<String> rows, long replaced, boolean malformed) {
    for (int i = 0; i < 2; i++) {
      try (Archive archive = Archive.open(file, new Reading(DatabaseChoice.only(), true));
          TableRestore restore = TableRestore.open(archive, Restores.target(target.uri()))) {
        assertThat(
                restore
                    .run(
                        restore.plan(
                            Restores.request(archive, UnaryOperator.identity(), "public.t")),
                        Progress.NONE)
                    .status())
            .isEqualTo(i == 0 ? Status.DONE : Status.NOTHING_TO_DO);
        assertThat(archive.replacements())
            .extracting(Replacement::rows, Replacement::malformed)
            .containsExactly(org.assertj.core.groups.Tuple.tuple(replaced, malformed));
      }
      assertThat(target.queryColumn(ROWS)).isEqualTo(rows);
    }
  }
}
