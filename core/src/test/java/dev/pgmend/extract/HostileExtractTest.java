package dev.pgmend.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.SyntheticArchive;
import dev.pgmend.extract.Extractor.Format;
import dev.pgmend.restore.Client;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.testing.Archives;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is extracted runs elsewhere, so nothing may come along that is not the table's.
class HostileExtractTest {
  private static final String TABLE = "CREATE TABLE public.t (a text);\n";
  private static final String COPY = "COPY public.t (a) FROM stdin;\n";
  private static final String ROWS = "x\n\\.\n\n\n";

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE public.t (a text); DROP TABLE public.victim;",
        "CREATE TABLE public.t (a text);\n\\! touch canary\n",
        "CREATE TABLE public.t (a text) \\gexec",
        "DROP TABLE public.victim;",
        "COPY public.t FROM PROGRAM 'touch canary';",
        "CREATE TABLE public.t (a text); -- \n SELECT pg_terminate_backend(1);",
      })
  void definitionsThatAreMoreThanTheTablesAreRefused(String defn) {
    for (Format format : Format.values()) {
      Path out = directory.resolve("out");
      assertThatThrownBy(() -> extract(table(defn, "", COPY, ROWS), format, out))
          .isInstanceOf(PgmendException.class);
      assertThat(out).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "COPY public.t (a) FROM PROGRAM 'touch canary';\n",
        "COPY public.t (a) FROM stdin; DROP TABLE public.victim;\n",
        "COPY public.t (a) TO PROGRAM 'touch canary';\n",
        "COPY public.t (a) FROM stdin WHERE pg_sleep(1) IS NULL;\n",
      })
  void copyStatementsAreWrittenAnew(String copyStmt) {
    var out = new ByteArrayOutputStream();
    try (Archive archive =
        Archive.open(
            table(TABLE, "DROP TABLE public.t; DROP TABLE public.victim;", copyStmt, ROWS))) {
      new Extractor(Extraction.of(archive, List.of(new QualifiedName("public", "t")), false))
          .write(Format.SQL, out);
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("COPY \"public\".\"t\" (\"a\") FROM stdin;\nx\n\\.\n")
        .doesNotContain("PROGRAM", "victim", "pg_sleep");
    Path custom = directory.resolve("out.dump");
    extract(
        table(TABLE, "DROP TABLE public.t; DROP TABLE public.victim;", copyStmt, ROWS),
        Format.CUSTOM,
        custom);
    try (Archive archive = Archive.open(custom)) {
      assertThat(archive.toc().entries())
          .noneMatch(
              entry -> (entry.dropStmt() + entry.copyStmt()).matches("(?s).*(victim|PROGRAM).*"));
    }
  }

  @Test
  void kindsOfEntriesThatNobodyKnowsAreRefused() {
    Path file =
        new SyntheticArchive()
            .object(1, "TABLE", "public", "t", TABLE)
            .object(2, "RULE\nDROP TABLE public.victim;\n--", "public", "r", "SELECT 1;", 1)
            .write(directory.resolve("hostile"));
    assertThatThrownBy(() -> extract(file, Format.SQL, directory.resolve("out")))
        .hasMessageContaining("are not run");
    assertThat(directory.resolve("out")).doesNotExist();
  }

  /// Names, comments and values that would be commands if they got out of their quotes.
  @ParameterizedTest
  @EnumSource(Format.class)
  void namesAndCommentsStayInTheirQuotes(Format format) throws IOException {
    assumeTrue(Servers.hasClientTools(), "pg_dump, psql and pg_restore are needed");
    Path canary = directory.resolve("canary");
    String evil =
        "x\n\\! touch %s\nDROP TABLE public.victim; --\n\\.\n".formatted(canary).substring(0, 60);
    String name = "a\n\\! touch c\n; DROP TABLE victim; --";
    QualifiedName table = new QualifiedName("s\n\\! touch d", name);
    Path dump = directory.resolve("dump");
    try (Database source = Database.create()) {
      source.execute(
          """
          CREATE SCHEMA %1$s;
          CREATE TABLE %2$s (%3$s text DEFAULT %4$s);
          INSERT INTO %2$s VALUES (%4$s), (E'\\\\.'), (E'\\\\.\\nDROP TABLE public.victim;');
          COMMENT ON TABLE %2$s IS %4$s;
          CREATE INDEX %3$s ON %2$s (%3$s);
          """
              .formatted(
                  Sql.quote(table.schema()), table.sql(), Sql.quote(evil), Sql.literal(evil)));
      Client.dump(source, dump, false, List.of("-Fc"));
      Path out = directory.resolve("out");
      try (Archive archive = Archive.open(dump)) {
        new Extractor(Extraction.of(archive, List.of(table), true)).write(format, out);
      }
      try (Database target = Database.create()) {
        target.execute("CREATE TABLE public.victim (a int)");
        Client.run(
            format == Format.SQL
                ? new String[] {
                  "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", target.uri(), "-f", "" + out
                }
                : new String[] {"pg_restore", "-e", "-d", target.uri(), "" + out});
        assertThat(target.queryLong("SELECT count(*) FROM public.victim")).isZero();
        String rows = "SELECT %s FROM %s ORDER BY 1".formatted(Sql.quote(evil), table.sql());
        assertThat(target.queryColumn(rows)).hasSize(3).isEqualTo(source.queryColumn(rows));
      }
    }
    assertThat(canary).doesNotExist();
    assertThat(Path.of("c")).doesNotExist();
    assertThat(Path.of("d")).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void nothingIsLeftOfWhatCouldNotBeReadToItsEnd(Format format) {
    Path out = directory.resolve("out");
    Path damaged = table(TABLE, "", COPY, "x\ny\n\\.\nz\n\\.\n\n\n");
    assertThatThrownBy(() -> extract(damaged, format, out)).isInstanceOf(PgmendException.class);
    assertThat(out).doesNotExist();
    assertThat(Files.exists(Archives.path(Archives.NASTY))).isTrue();
  }

  private Path table(String defn, String dropStmt, String copyStmt, String rows) {
    return new SyntheticArchive()
        .table("t", defn, dropStmt, copyStmt, rows)
        .write(directory.resolve("hostile"));
  }

  private static void extract(Path from, Format format, Path out) {
    try (Archive archive = Archive.open(from)) {
      new Extractor(Extraction.of(archive, List.of(new QualifiedName("public", "t")), false))
          .write(format, out);
    }
  }
}
