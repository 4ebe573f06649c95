package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `pgmend extract` writes and says, and how databases of a pg_dumpall script are chosen.
class ExtractCommandTest {
  private static final Path CORPUS = JsonTest.root().resolve("core/src/test/resources/corpus/pg15");
  private static final String DUMP = CORPUS.resolve("nasty-Fc-Z0.dump").toString();
  private static final String DUMPALL = CORPUS.resolve("nasty-dumpall.sql").toString();

  @TempDir private Path directory;

  private record Run(int exitCode, String out, String err) {}

  @ParameterizedTest
  @CsvSource({"copytext.sql", "copytext.dump", "copytext/"})
  void writesWhatTheNameSays(String name) {
    String file = directory + "/" + name;
    Run run = pgmend("extract", DUMP, "app.copytext", "-o", file);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).startsWith("app.copytext: 20 rows\n");
    assertThat(pgmend("rows", file, "copytext", "--json").out())
        .isEqualTo(pgmend("rows", DUMP, "copytext", "--json").out());
    Run again = pgmend("extract", DUMP, "app.copytext", "-o", file);
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err()).contains("is there already; it was not touched");
  }

  @Test
  void writesCsvOfOneTable() throws IOException {
    Path file = directory.resolve("copytext.csv");
    assertThat(pgmend("extract", DUMP, "app.copytext", "-o", "" + file).exitCode()).isZero();
    assertThat(Files.readString(file))
        .isEqualTo(pgmend("rows", DUMP, "copytext", "--csv").out())
        .isEqualTo(pgmend("extract", DUMP, "app.copytext", "-o", "-", "--format", "csv").out());
    Run several = pgmend("extract", DUMP, "app.*", "-o", directory + "/all.csv");
    assertThat(several.exitCode()).isEqualTo(2);
    assertThat(directory.resolve("all.csv")).doesNotExist();
  }

  @Test
  void saysWhatRefersToOtherTables() {
    Run all = pgmend("extract", DUMP, "app.orders", "-o", "-");
    assertThat(all.exitCode()).isZero();
    assertThat(all.out())
        .startsWith("--\n-- PostgreSQL database dump\n")
        .endsWith("-- PostgreSQL database dump complete\n--\n\n");
    assertThat(all.err())
        .contains("NOTE: includes what refers to tables that were not asked for:")
        .contains("FK CONSTRAINT")
        .contains("--self-contained");
    Run alone = pgmend("extract", DUMP, "app.orders", "-o", "-", "--self-contained");
    assertThat(alone.err()).contains("NOTE: left out what refers to tables");
    assertThat(alone.out().length()).isLessThan(all.out().length());
  }

  @Test
  void saysWhichRowsTheBackupDoesNotHave() {
    String schema = CORPUS.resolve("nasty-Fc-schemaonly.dump").toString();
    Run run = pgmend("extract", schema, "app.copytext", "-o", "-");
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("NOTE: the backup has no rows of app.copytext\n");
    assertThat(pgmend("extract", DUMP, "app.*", "-o", "-").err()).doesNotContain("no rows");
    String viaRoot = CORPUS.resolve("nasty-Fc-lvpr.dump").toString();
    assertThat(pgmend("extract", viaRoot, "app.*", "-o", "-").err()).doesNotContain("no rows");
  }

  @Test
  void rowsWithoutDefinitionsAreSaidToBeThat() {
    String rows = CORPUS.resolve("nasty-Fc-dataonly.dump").toString();
    Run run = pgmend("extract", rows, "app.*", "-o", "-");
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).contains("made with --data-only");
    assertThat(pgmend("inspect", rows).out()).contains("no definitions of tables, only rows of ");
  }

  @Test
  void refusesNamesThatSayNothing() {
    Run run = pgmend("extract", DUMP, "app.orders", "-o", directory + "/orders");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("does not say what to write").contains("sql, custom, csv");
  }

  @Test
  void databasesOfAClusterAreFoundOrNamed() {
    assertThat(pgmend("rows", DUMPALL, "app.copytext").out())
        .isEqualTo(pgmend("rows", DUMP, "app.copytext").out());
    Run named = pgmend("rows", DUMPALL, "app.copytext", "--database", "nasty_latin1");
    assertThat(named.exitCode()).isEqualTo(2);
    assertThat(named.err()).contains("the backup has no table app.copytext");
    Run all = pgmend("inspect", DUMPALL);
    assertThat(all.exitCode()).isZero();
    assertThat(all.out())
        .contains("plain SQL script of 3 databases")
        .contains("database nasty,")
        .contains("database nasty_latin1,");
    Run json = pgmend("inspect", DUMPALL, "--json");
    assertThat(json.out()).contains("\"databases\"").contains("\"nasty_sqlascii\"");
    Run none = pgmend("rows", DUMPALL, "nothing");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err())
        .contains("no database holds what was asked for, of these: nasty, nasty_latin1")
        .contains("--database");
  }

  private static Run pgmend(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Main.run(arguments);
      return new Run(
          exitCode,
          printed.toString(StandardCharsets.UTF_8),
          said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
