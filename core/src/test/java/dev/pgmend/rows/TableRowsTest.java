package dev.pgmend.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.testing.Archives;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows of a backup, streamed and by way of a server.
class TableRowsTest {
  private static final QualifiedName T = new QualifiedName("public", "t");

  @TempDir private static Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "corpus/pg15/nasty-Fd",
        "corpus/pg15/nasty-Ft.tar",
        "corpus/pg15/nasty-Fc-piped-nooffset.dump",
        "corpus/pg15/nasty-copy.sql.gz",
        "corpus/pg15/nasty-column-inserts.sql"
      })
  void everyFormatHasTheSameRows(String other) {
    try (Archive archive = Archives.open(Archives.NASTY);
        Archive same = Archives.open(other)) {
      for (QualifiedName table : Archives.tables(archive.toc())) {
        Asked expected = Asked.all(archive, table);
        Asked actual = Asked.all(same, table);
        assertThat(actual.columns()).as(table.sql()).isEqualTo(expected.columns());
        assertThat(actual.rows())
            .as(table.sql())
            .containsExactlyInAnyOrderElementsOf(expected.rows());
      }
    }
  }

  @Test
  void showsPartitionsAndChildrenToo() {
    try (Archive archive = Archives.open(Archives.NASTY)) {
      int leaves = 0;
      for (String leaf :
          List.of("events_2024", "events 2025.eu", "events_2025_def", "events_def")) {
        leaves += Asked.all(archive, new QualifiedName("app", leaf)).rows().size();
      }
      assertThat(Asked.all(archive, new QualifiedName("app", "events")).rows())
          .hasSize(leaves)
          .isNotEmpty();
      assertThat(Asked.all(archive, new QualifiedName("app", "base")).rows())
          .containsExactly(List.of("1", "b1"), List.of("2", "c1"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "orders: id = 2",
        "orders: id = '2' AND note IS NOT NULL",
        "orders: u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
        "orders: u IS NULL AND parent_id IN (1, 2, -7)",
        "orders: note = $$first$$",
        "orders: id IN (1, 3, 99999999999)",
        "events: payload IS NULL",
        "base: id = 2",
        "Mixed Case Tbl: \"a.b\" = ''",
        "Mixed Case Tbl: \"q\"\"q\" = E'\\\\\\\\N'",
        "select: \"table\" = true",
        "select: \"table\" = 'f' AND \"from\" IS NOT NULL",
        "wide: c300 IS NULL",
        "naïve_Ω_😀: \"ключ\" = 2"
      })
  void streamAndServerFindTheSame(String question) {
    QualifiedName table = new QualifiedName("app", question.substring(0, question.indexOf(':')));
    String where = question.substring(question.indexOf(':') + 2);
    try (Archive archive = Archives.open(Archives.NASTY)) {
      Asked streamed = Asked.stream(archive, table, where);
      Asked served = Asked.server(archive, table, where);
      assertThat(streamed.found().onServer()).isFalse();
      assertThat(served.found().onServer()).isTrue();
      assertThat(streamed.rows()).isEqualTo(served.rows());
    }
  }

  @Test
  void everyTextIsFoundByItself() {
    QualifiedName table = new QualifiedName("app", "copytext");
    try (Archive archive = Archives.open(Archives.NASTY)) {
      List<String> texts =
          Asked.all(archive, table).rows().stream()
              .map(row -> row.get(1))
              .filter(Objects::nonNull)
              .map(text ->
                  new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
              .distinct()
              .toList();
      assertThat(texts).hasSizeGreaterThan(5);
      for (String text : texts) {
        assertThat(Asked.stream(archive, table, "t = " + Sql.literal(text)).rows())
            .as(text)
            .isNotEmpty();
      }
      String all = String.join(", ", texts.stream().map(Sql::literal).toList());
      assertThat(Asked.server(archive, table, "t IN (%s)".formatted(all)).rows())
          .isEqualTo(Asked.stream(archive, table, "t IN (%s)".formatted(all)).rows())
          .hasSizeGreaterThanOrEqualTo(texts.size());
    }
  }

  /// Equal text and equal values are two things here: a server has to tell.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "c = 'ab'",
        "n = 1",
        "i = 1.0",
        "i = 1::bigint",
        "v = 'a' OR i = 1",
        "NOT i = 1",
        "i = 99999999999999999999",
        "d = 'x'",
        "coll = 'a'",
        "i = 1 AND v LIKE 'a%'",
        "(i) = 1"
      })
  void leavesToAServerWhatIsNotSurelyTheSame(String where) {
    try (Archive archive =
        Script.open(
            directory,
            """
            CREATE DOMAIN public.dom AS text;
            CREATE TABLE public.t (
                i integer,
                v text,
                c character(5),
                n numeric,
                d public.dom,
                coll text COLLATE pg_catalog."C"
            );
            COPY public.t (i, v, c, n, d, coll) FROM stdin;
            1\ta\tab   \t1.00\tx\ta
            2\tb\tcd   \t2\ty\tb
            \\.
            """)) {
      Asked asked = Asked.stream(archive, T, where);
      assertThat(asked.found().onServer()).isTrue();
      boolean none = where.contains("999999");
      boolean second = where.startsWith("NOT");
      assertThat(asked.rows())
          .hasSize(none ? 0 : 1)
          .allSatisfy(row -> assertThat(row.getFirst()).isEqualTo(second ? "2" : "1"));
    }
  }

  @Test
  void readsNothingBehindTheOnlyRowOfAKey() {
    String damaged = "1\ta\n2\tb\n3\tc\n" + "4\tx\n".repeat(100_000) + "damaged\n\\.\n";
    String table =
        "CREATE TABLE public.t (i integer NOT NULL, v text);\nCOPY public.t (i, v) FROM stdin;\n";
    try (Archive plain = Script.open(directory, table + damaged);
        Archive key =
            Script.open(
                directory,
                table + damaged + "ALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (i);\n");
        Archive partial =
            Script.open(
                directory,
                table
                    + damaged
                    + "CREATE UNIQUE INDEX k ON public.t USING btree (i) WHERE (i > 0);\n");
        Archive unique =
            Script.open(
                directory,
                table + damaged + "CREATE UNIQUE INDEX k ON public.t USING btree (i);\n");
        Archive pair =
            Script.open(
                directory,
                table + damaged + "ALTER TABLE ONLY public.t ADD CONSTRAINT k UNIQUE (i, v);\n")) {
      for (Archive archive : List.of(key, unique)) {
        assertThat(Asked.stream(archive, T, "i = 2").rows()).containsExactly(List.of("2", "b"));
        assertThat(Asked.stream(archive, T, "v = 'c' AND i = 3").rows()).hasSize(1);
        assertRowRefused(archive, "i IN (2, 3)");
        assertRowRefused(archive, "v = 'b'");
        assertRowRefused(archive, "i = 9");
      }
      for (Archive archive : List.of(plain, partial, pair)) {
        assertRowRefused(archive, "i = 2");
      }
      Asked first = Asked.of(plain, T, null, 2, false);
      assertThat(first.rows()).containsExactly(List.of("1", "a"), List.of("2", "b"));
      assertThat(first.found().stopped()).isTrue();
      assertThat(Asked.of(plain, T, "v = 'x'", 3, false).rows()).hasSize(3);
    }
  }

  private static void assertRowRefused(Archive archive, String where) {
    assertThatThrownBy(() -> Asked.stream(archive, T, where))
        .hasMessageContaining("row 100004 of \"public\".\"t\"")
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SOURCE));
  }

  /// The key of a parent says nothing about its children.
  @Test
  void looksIntoChildrenInSpiteOfAKey() {
    try (Archive archive =
        Script.open(
            directory,
            """
            CREATE TABLE public.t (i integer NOT NULL, v text);
            CREATE TABLE public.child (more integer) INHERITS (public.t);
            COPY public.t (i, v) FROM stdin;
            1\tparent
            \\.
            COPY public.child (i, v, more) FROM stdin;
            1\tchild\t7
            2\tchild\t8
            \\.
            ALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (i);
            """)) {
      assertThat(Asked.stream(archive, T, "i = 1").rows())
          .containsExactly(List.of("1", "parent"), List.of("1", "child"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-- nothing",
        "1=1) ; DROP TABLE x; --",
        "1=1) --",
        "i = 1 /* never closed",
        "i = 'never closed",
        "i = (1",
        "i = 1; SELECT 1",
        "i IN (SELECT 1)",
        "EXISTS (SELECT FROM public.t)",
        "count(*) > 1",
        "row_number() OVER () = 1",
        "generate_series(1, 2) = 1",
        "i",
        "true, false",
        "i = 1 ORDER BY i",
        "i = 1 LIMIT 1",
        "nope = 1",
        "i = $1",
        "tableoid = 1",
        "ctid IS NOT NULL",
        "g = 2",
        "i = 'x'",
        "1 / (i - 1) = 1"
      })
  void refusesWhatIsNoExpressionOverOneRow(String where) {
    try (Archive archive =
        Script.open(
            directory,
            """
            CREATE TABLE public.t (i integer, g integer GENERATED ALWAYS AS ((i * 2)) STORED);
            COPY public.t (i) FROM stdin;
            1
            \\.
            """)) {
      assertThatThrownBy(() -> Asked.stream(archive, T, where))
          .isInstanceOfSatisfying(
              PgmendException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(Kind.USAGE);
                assertThat(e.getMessage()).doesNotContain("pgmend column");
              });
    }
  }

  @Test
  void rowsInSeveralPiecesKeepTheirNumbers() {
    StringBuilder text =
        new StringBuilder(
            "CREATE TABLE public.t (i integer, v text);\nCOPY public.t (i, v) FROM stdin;\n");
    String filler = "x".repeat(100);
    for (int i = 0; i < 200_000; i++) {
      text.append(i).append('\t').append(filler).append(i % 7).append('\n');
    }
    // One row alone is longer than a piece.
    text.append("200000\t").append("y".repeat(9 << 20)).append("\n200001\tlast0\n\\.\n");
    try (Archive archive = Script.open(directory, text.toString())) {
      Asked asked = Asked.stream(archive, T, "public.t.i % 50000 = 1 OR length(v) > 1000");
      assertThat(asked.rows().stream().map(List::getFirst).toList())
          .containsExactly("1", "50001", "100001", "150001", "200000", "200001");
      Asked limited = Asked.of(archive, T, "t.i % 50000 = 1", 3, false);
      assertThat(limited.rows().stream().map(List::getFirst).toList())
          .containsExactly("1", "50001", "100001");
      assertThat(limited.found().stopped()).isTrue();
    }
  }

  @Test
  void namesTheTypeThatTheServerDoesNotHave() {
    try (Archive archive =
        Script.open(
            directory,
            """
            CREATE EXTENSION IF NOT EXISTS earthgis WITH SCHEMA public;
            CREATE TYPE public.mood AS ENUM ('sad', 'ok');
            CREATE TABLE public.t (i integer, m public.mood, g public.geometry);
            COPY public.t (i, m, g) FROM stdin;
            1\tok\t0101
            2\tsad\t0102
            \\.
            """)) {
      assertThatThrownBy(() -> Asked.stream(archive, T, "g IS NOT NULL"))
          .hasMessageContaining("column \"g\"")
          .hasMessageContaining("geometry")
          .hasMessageContaining("extension \"earthgis\"")
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
      // What the predicate does not name does not have to be there.
      assertThat(Asked.stream(archive, T, "m > 'sad' AND i < 5").rows())
          .containsExactly(List.of("1", "ok", "0101"));
      assertThat(Asked.stream(archive, T, "m = 'sad'::mood").rows())
          .containsExactly(List.of("2", "sad", "0102"));
    }
  }

  @Test
  void knowsTheOperatorsOfExtensions() {
    try (Archive archive =
        Script.open(
            directory,
            """
            CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
            CREATE TABLE public.t (e public.citext);
            COPY public.t (e) FROM stdin;
            Ann@Example.org
            bob@example.org
            \\.
            """)) {
      assertThat(Asked.stream(archive, T, "e = 'ann@example.org'").rows())
          .containsExactly(List.of("Ann@Example.org"));
    }
  }

  @Test
  void keepsBytesThatHaveNoEncoding() {
    try (Archive archive = Archives.open("corpus/pg15/sqlascii-Fc.dump")) {
      for (QualifiedName table : Archives.tables(archive.toc())) {
        Asked all = Asked.all(archive, table);
        assertThat(Asked.stream(archive, table, "1 = 1").rows()).isEqualTo(all.rows()).isNotEmpty();
      }
    }
  }

  @Test
  void saysThatTheBackupHasNoRows() {
    try (Archive archive = Archives.open("corpus/pg15/nasty-Fc-schemaonly.dump")) {
      assertThatThrownBy(() -> new TableRows(archive, new QualifiedName("app", "orders")))
          .hasMessageContaining("the backup has no rows of \"app\".\"orders\"");
    }
  }
}
