package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `pgmend rows` prints, and where.
class RowsCommandTest {
  @TempDir private static Path directory;

  private static String backup = "";

  private record Run(int exitCode, String out, String err) {}

  @BeforeAll
  static void writeBackup() throws IOException {
    Path file = directory.resolve("odd.sql");
    Files.writeString(
        file,
        """
        SET client_encoding = 'UTF8';
        SET standard_conforming_strings = on;
        CREATE TABLE public.odd (
            id integer,
            "Te,xt" text,
            twice integer GENERATED ALWAYS AS ((id * 2)) STORED
        );
        COPY public.odd (id, "Te,xt") FROM stdin;
        1\tplain
        2\t\\N
        3\t
        4\ta,"b"\\nc\\td\\re\\\\
        5\t\u001b[31mred\u202eevil\u009b é😀
        \\.
        CREATE TABLE public.one (
            v text
        );
        COPY public.one (v) FROM stdin;
        \\\\.
        \\N

        \\.
        --
        -- PostgreSQL database dump complete
        --

        """);
    backup = file.toString();
  }

  /// As `main` does: or the virtual machine would wait for a last word when it ends.
  @AfterAll
  static void finish() {
    Signals.finished();
  }

  @Test
  void alignsRowsAndEscapesWhatATerminalWouldActOn() {
    Run run = pgmend("rows", backup, "odd");
    assertThat(run.out())
        .isEqualTo(
            """
            id | Te,xt
            ---+---------------------------------
            1  | plain
            2  | NULL
            3  |\s
            4  | a,"b"\\nc\\td\\u000de\\
            5  | \\u001b[31mred\\u202eevil\\u009b é😀
            """);
    assertThat(run.err()).isEqualTo("NOTE: generated columns are not in a backup: twice\n5 rows\n");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void writesCsvThatTellsNullFromEmpty() {
    assertThat(pgmend("rows", backup, "odd", "--csv", "--where", "id < 5").out())
        .isEqualTo("id,\"Te,xt\"\n1,plain\n2,\n3,\"\"\n4,\"a,\"\"b\"\"\nc\td\re\\\"\n");
    assertThat(pgmend("rows", backup, "one", "--csv").out()).isEqualTo("v\n\"\\.\"\n\n\"\"\n");
  }

  @Test
  void writesJsonInUtf8() {
    Run run = pgmend("rows", backup, "odd", "--json", "--columns", "\"Te,xt\",id", "--limit", "5");
    assertThat(run.out())
        .isEqualTo(
            """
            [
            {"Te,xt":"plain","id":"1"},
            {"Te,xt":null,"id":"2"},
            {"Te,xt":"","id":"3"},
            {"Te,xt":"a,\\"b\\"\\u000ac\\u0009d\\u000de\\\\","id":"4"},
            {"Te,xt":"\\u001b[31mred\u202eevil\\u009b é😀","id":"5"}
            ]
            """);
    assertThat(run.err()).isEqualTo("5 rows\n");
    assertThat(pgmend("rows", backup, "odd", "--json", "--where", "id = 7").out())
        .isEqualTo("[\n]\n");
  }

  @Test
  void saysWhatTheLimitDid() {
    assertThat(pgmend("rows", backup, "odd", "--columns", "id", "--limit", "2"))
        .isEqualTo(new Run(0, "id\n--\n1\n2\n", "2 rows; stopped at --limit, there may be more\n"));
    assertThat(pgmend("rows", backup, "odd", "--columns", "id", "--where", "id = 9"))
        .isEqualTo(new Run(0, "id\n--\n", "no rows\n"));
  }

  /// The embedded server that evaluates this gives its role nothing that reaches beyond its database.
  @Test
  void evaluatesPredicatesWithoutAnyPrivilege() {
    Run run = pgmend("rows", backup, "odd", "--csv", "--columns", "id", "--where", "id % 2 = 0");
    assertThat(run.out()).isEqualTo("id\n2\n4\n");
    assertThat(run.err()).contains("throwaway server").endsWith("2 rows\n");
    Run curious =
        pgmend("rows", backup, "odd", "--where", "pg_read_file('/etc/hostname') IS NOT NULL");
    assertThat(curious.exitCode()).isEqualTo(2);
    assertThat(curious.out()).doesNotContain("1");
    assertThat(curious.err()).contains("permission denied");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(pgmend("rows", backup, "odd", "--columns", "twice").err())
        .contains("column \"twice\" is generated");
    assertThat(pgmend("rows", backup, "odd", "--columns", "nope").err())
        .contains("no column \"nope\"")
        .contains("\"id\", \"Te,xt\"");
    assertThat(pgmend("rows", backup, "odd", "--columns", "id;").exitCode()).isEqualTo(2);
    assertThat(pgmend("rows", backup, "odd", "--csv", "--json").exitCode()).isEqualTo(2);
    assertThat(pgmend("rows", backup, "odd", "--limit", "0").exitCode()).isEqualTo(2);
    assertThat(pgmend("rows", backup, "od").err()).contains("Did you mean");
    assertThat(pgmend("rows", "pom.xml", "odd").exitCode()).isEqualTo(3);
    Run hostile = pgmend("rows", backup, "odd", "--where", "1=1) ; DROP TABLE odd; --");
    assertThat(hostile.exitCode()).isEqualTo(2);
    assertThat(hostile.out()).isEmpty();
  }

  private static Run pgmend(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
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
