package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Scripts written by hand, to be hard to read or to do harm.
class ScriptTest {
  private static final String TABLE =
      "CREATE SCHEMA app;\nCREATE TABLE app.t (\n    a integer,\n    b text\n);\n";

  @Test
  void whatIsInQuotesIsNothingElse() {
    Archive archive =
        open(
            TABLE
                + "COMMENT ON TABLE app.t IS 'x\n\\! echo pwned\nCOPY app.t (a) FROM stdin;\n1\n\\.\n';\n"
                + "CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS $_$\nSELECT '$$; -- /* '\n$_$;\n"
                + "/* a /* nested; */ COPY app.t FROM stdin; */\n"
                + "CREATE FUNCTION app.g(a integer) RETURNS integer\n    LANGUAGE sql\n    BEGIN ATOMIC\n"
                + " SELECT CASE WHEN true THEN 1 ELSE 2 END AS \"case\";\n SELECT 3;\nEND;\n"
                + "CREATE TABLE app.\"semi;\"\"colon\" (\n    a integer DEFAULT E'\\';'\n);\n");
    assertThat(archive.toc().entries())
        .extracting(Entry::desc)
        .containsExactly("SCHEMA", "TABLE", "COMMENT", "FUNCTION", "FUNCTION", "TABLE");
    assertThat(archive.toc().entries().get(4).defn()).contains("SELECT 3");
    assertThat(archive.toc().entries().get(5).tag()).isEqualTo("semi;\"colon");
  }

  @Test
  void stringsOfOldServersAreRead() {
    Archive archive =
        open(
            "SET standard_conforming_strings = off;\n"
                + TABLE
                + "COMMENT ON TABLE app.t IS 'a\\\\b\\'; DROP TABLE app.t; --';\n"
                + "INSERT INTO app.t VALUES (1, 'c\\\\d\\'');\n");
    assertThat(archive.toc().standardConformingStrings()).isTrue();
    assertThat(archive.toc().entries().get(2).defn())
        .isEqualTo("COMMENT ON TABLE app.t IS E'a\\\\b''; DROP TABLE app.t; --';\n");
    assertThat(rows(archive)).isEqualTo("1\tc\\\\d'\n");
  }

  @Test
  void namesWithoutSchemaBelongToTheSearchPath() {
    Archive archive =
        open(
            "SET search_path = app, pg_catalog;\nCREATE TABLE t (\n    a integer,\n    b text\n);\n"
                + "ALTER TABLE public.t OWNER TO x;\n".replace("public.", "")
                + "COPY t (a, b) FROM stdin;\n1\tx\n\\.\n\n\n"
                + "ALTER TABLE ONLY t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a);\n"
                + "CREATE INDEX t_b ON t USING btree (b);\nCOMMENT ON COLUMN t.a IS 'c';\n");
    assertThat(archive.toc().entries()).allMatch(entry -> entry.namespace().equals("app"));
    assertThat(archive.toc().entries().get(0).owner()).isEqualTo("x");
    assertThat(archive.toc().entries())
        .filteredOn(entry -> entry.dumpId() > 1)
        .allMatch(entry -> entry.dependencies().contains(1));
    assertThat(rows(archive)).isEqualTo("1\tx\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\! echo pwned\n",
        "\\i other.sql\n",
        "\\copy app.t from program 'id'\n",
        "\\connect `id`\n",
        "\\restrict abc`id`\n",
        "COPY app.t FROM PROGRAM 'id';\n",
        "COPY app.t TO '/tmp/x';\n",
        "COPY app.t (a) FROM stdin WITH (FORMAT csv);\n1\n\\.\n",
        "DO $$ BEGIN END $$;\n",
        "DELETE FROM app.t;\n",
        "UPDATE app.t SET a = 1;\n",
        "TRUNCATE app.t;\n",
        "DROP TABLE app.t;\n",
        "ALTER TABLE app.t ADD COLUMN c integer;\n",
        "ALTER TABLE app.t ALTER COLUMN a TYPE bigint;\n",
        "ALTER TABLE app.t DROP COLUMN a;\n",
        "ALTER TABLE app.t RENAME TO u;\n",
        "SELECT pg_sleep(1);\n",
        "SELECT pg_catalog.set_config('search_path', 'evil', false);\n",
        "SET datestyle = 'German';\n",
        "SET ROLE postgres;\n",
        "CREATE OR REPLACE VIEW app.v AS SELECT 1;\n",
        "WITH x AS (SELECT 1) SELECT 1;\n",
        "CREATE TABLE app.u (a integer) \\; DROP TABLE app.t;\n",
      })
  void whatPgDumpDoesNotWriteIsRefused(String statement) {
    assertThatThrownBy(() -> open(TABLE + statement))
        .isInstanceOf(ArchiveException.class)
        .hasMessageMatching("(?s).*(not one that pg_dump writes|psql command within).*")
        .hasMessageMatching("(?s).*\\(offset \\d+\\)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO app.t VALUES (1, now());\n",
        "INSERT INTO app.t VALUES (1, 'a' || 'b');\n",
        "INSERT INTO app.t VALUES (1, 'a'), (2);\n",
        "INSERT INTO app.t VALUES (1, 'a', 3);\n",
        "INSERT INTO app.t VALUES (1, DEFAULT);\n",
        "INSERT INTO app.t SELECT 1, 'a' FROM (VALUES (1)) x;\n",
        "INSERT INTO app.t VALUES (1, 'a') RETURNING a;\n",
        "INSERT INTO app.t VALUES (1, 'a') ON CONFLICT DO UPDATE SET a = 2;\n",
        "INSERT INTO app.t VALUES (1, (SELECT 'a'));\n",
        "INSERT INTO app.t VALUES (1, E'\\x41');\n",
        "INSERT INTO app.t VALUES (1, U&'a');\n",
        "INSERT INTO app.t VALUES (1, \u0027a\u0027::text);\n",
        "INSERT INTO app.t DEFAULT VALUES;\n",
      })
  void onlyLiteralsAreRows(String insert) {
    assertThatThrownBy(() -> rows(open(TABLE + insert))).isInstanceOf(ArchiveException.class);
  }

  @Test
  void insertsAreTheRowsThatCopyWouldHave() {
    String inserts =
        "INSERT INTO app.t VALUES (-1, 'tab\tnl\nbs\\ q''''');\n"
            + "INSERT INTO app.t VALUES (1.5e-300, NULL), (2, ''), (NULL, '\\N');\n"
            + "INSERT INTO app.t VALUES (true, B'101'), (false, '\r\f\b\u000b\u0001\u00e9');\n"
            + "INSERT INTO app.t VALUES (4, '\\.'), (5, 'x') ON CONFLICT DO NOTHING;\n";
    assertThat(rows(open(TABLE + inserts)))
        .isEqualTo(
            "-1\ttab\\tnl\\nbs\\\\ q''\n1.5e-300\t\\N\n2\t\n\\N\t\\\\N\nt\t101\n"
                + "f\t\\r\\f\\b\\v\u0001\u00e9\n4\t\\\\.\n5\tx\n");
  }

  @Test
  void generatedColumnsAreLeftOut() {
    String table =
        "CREATE SCHEMA app;\nCREATE TABLE app.t (\n    a integer,\n"
            + "    g integer GENERATED ALWAYS AS ((a + 1)) STORED,\n    b text\n);\n";
    Archive archive = open(table + "INSERT INTO app.t VALUES (1, DEFAULT, 'x');\n");
    assertThat(archive.toc().entries().getLast().copyStmt())
        .isEqualTo("COPY \"app\".\"t\" (\"a\", \"b\") FROM stdin;\n");
    assertThat(rows(archive)).isEqualTo("1\tx\n");
    assertThatThrownBy(() -> rows(open(table + "INSERT INTO app.t VALUES (1, 2, 'x');\n")))
        .hasMessageContaining("generated column is not DEFAULT");
    assertThat(rows(open(table + "INSERT INTO app.t (b, a) VALUES ('x', 1);\n")))
        .isEqualTo("x\t1\n");
  }

  @Test
  void statementsOfOtherTablesAmongTheRowsAreRefused() {
    Archive archive =
        open(
            TABLE
                + "CREATE TABLE app.u (\n    a integer,\n    b text\n);\nINSERT INTO app.t VALUES (1, 'x');\n");
    assertThat(rows(archive)).isEqualTo("1\tx\n");
    assertThatThrownBy(() ->
            open(
                TABLE
                    + "INSERT INTO app.t (a) VALUES (1);\nSET row_security = off;\nINSERT INTO app.t (b) VALUES ('x');\n"))
        .hasMessageContaining("for other columns than before");
  }

  @Test
  void carriageReturnsAreNoticed() {
    assertThatThrownBy(() -> open("--\r\n-- PostgreSQL database dump\r\n--\r\n"))
        .hasMessageContaining("carriage returns");
    assertThatThrownBy(() -> open(TABLE + "COPY app.t (a, b) FROM stdin;\r\n1\tx\r\n\\.\r\n"))
        .hasMessageContaining("carriage returns");
  }

  @Test
  void aScriptThatIsCutOffIsRefusedWhereverItIsCut() throws IOException {
    for (String name : List.of("pg15/nasty-copy.sql", "pg15/nasty-inserts.sql")) {
      byte[] whole = Files.readAllBytes(Corpus.path(name));
      int end = new String(whole, StandardCharsets.ISO_8859_1).lastIndexOf(" complete");
      for (int length = 40; length < end; length += 1511) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> open(cut).close()).isInstanceOf(ArchiveException.class);
      }
    }
  }

  @Test
  void flippedBytesGiveDataOrAnError() throws IOException {
    var random = new Random(20261122);
    for (String name : List.of("pg15/nasty-copy.sql", "pg15/nasty-column-inserts-rpi3.sql")) {
      byte[] whole = Files.readAllBytes(Corpus.path(name));
      for (int round = 0; round < 100; round++) {
        byte[] damaged = whole.clone();
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        try (Archive archive = open(damaged)) {
          for (Entry entry : archive.toc().entries()) {
            if (entry.desc().equals("TABLE DATA") && entry.copyStmt() != null) {
              assertThat(Corpus.bytes(archive.copyText(entry))).isNotNull();
            }
          }
        } catch (ArchiveException e) {
          assertThat(e.getMessage()).startsWith("script: ").doesNotContainPattern("\\p{Cntrl}");
        }
      }
    }
  }

  private static Archive open(String script) {
    return open(script.getBytes(StandardCharsets.UTF_8));
  }

  private static Archive open(byte[] script) {
    return Archive.open("script", new ByteArrayInputStream(script));
  }

  private static String rows(Archive archive) {
    try (archive) {
      Entry data =
          archive.toc().entries().stream()
              .filter(entry -> entry.desc().equals("TABLE DATA"))
              .findFirst()
              .orElseThrow();
      return Corpus.text(archive, data);
    }
  }
}
