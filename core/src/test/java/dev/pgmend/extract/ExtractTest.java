package dev.pgmend.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.extract.Extractor.Format;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.WholeArchive;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What is taken out of a backup is a backup of the tables.
class ExtractTest {
  private static final String OWNED =
      "TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|FUNCTION|PROCEDURE|TYPE|DOMAIN";

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"corpus/pg15/nasty-Fc-Z0.dump", "corpus/pg15/nasty-column-inserts.sql"})
  void anExclusionConstraintBringsTheExtensionOfItsOperatorClasses(String name) {
    try (Archive archive = Archives.open(name)) {
      Extraction extraction =
          Extraction.of(archive, List.of(new QualifiedName("app", "booking")), true);
      assertThat(extraction.entries())
          .anyMatch(entry -> entry.desc().equals("EXTENSION") && entry.tag().equals("btree_gist"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "corpus/pg15/nasty-Fc-Z0.dump, SQL",
    "corpus/pg15/nasty-Fc-Z0.dump, CUSTOM",
    "corpus/pg15/nasty-Fc-Z0.dump, DIRECTORY",
    "corpus/pg17/nasty-copy.sql,   CUSTOM",
    "corpus/pg18/nasty-Fd-zstd,    SQL",
    "corpus/pg15/nasty-column-inserts.sql, DIRECTORY",
  })
  void everyTableIsWhatItWas(String name, Format format) {
    try (Archive archive = Archives.open(name)) {
      for (QualifiedName table : Archives.tables(archive.toc())) {
        Path out = directory.resolve("extract");
        Map<QualifiedName, RowSet> rows =
            new Extractor(Extraction.of(archive, List.of(table), false)).write(format, out);
        try (Archive extract = Archive.open(out)) {
          List<String> expected = describe(archive, table);
          List<String> actual = describe(extract, table);
          assertThat(expected).as("%s", table).containsAll(actual);
          expected.removeAll(actual);
          if (format == Format.SQL) {
            // That it depends on the partition's index through the index of a table that is not
            // there, no script tells.
            expected.removeIf(line -> line.contains("event_refs_eid_eat_ereg_fkey"));
          }
          assertThat(expected).as("%s", table).isEmpty();
          assertThat(rows.keySet()).isEqualTo(withData(archive, table));
          assertThat(rows(extract)).isEqualTo(rows);
        }
        delete(out);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void whatIsSelfContainedIsRestoredIntoAnEmptyDatabase(Format format) {
    List<QualifiedName> tables =
        List.of(
            new QualifiedName("shop", "orders"),
            new QualifiedName("audit", "value_zoo"),
            new QualifiedName("Odd Corner", "quo\"te'd"));
    try (Archive archive = Archives.open(Archives.SHOP)) {
      for (QualifiedName table : tables) {
        Path out = directory.resolve("extract");
        Map<QualifiedName, RowSet> rows =
            new Extractor(Extraction.of(archive, List.of(table), true)).write(format, out);
        try (Database database = Database.create()) {
          createRoles(database);
          try (Archive extract = Archive.open(out);
              Session session = Session.open(ConnectionTarget.parse(database.uri(), Map.of()))) {
            new WholeArchive(extract, session).restore();
          }
          assertThat(database.queryLong("SELECT count(*) FROM " + table.sql()))
              .isEqualTo(rows.values().stream().mapToLong(RowSet::count).sum());
        }
        delete(out);
      }
    }
  }

  @Test
  void whatRefersToOtherTablesIsNamedOrLeftOut() {
    try (Archive archive = Archives.open(Archives.NASTY)) {
      QualifiedName orders = new QualifiedName("app", "orders");
      Extraction whole = Extraction.of(archive, List.of(orders), false);
      Extraction alone = Extraction.of(archive, List.of(orders), true);
      assertThat(whole.open()).isNotEmpty().isEqualTo(alone.open());
      assertThat(whole.entries()).containsAll(whole.open().keySet());
      assertThat(alone.entries()).doesNotContainAnyElementsOf(alone.open().keySet());
      assertThat(whole.entries()).hasSize(alone.entries().size() + whole.open().size());
      assertThat(whole.open().keySet()).anyMatch(entry -> entry.desc().equals("FK CONSTRAINT"));
      assertThatThrownBy(
              () -> Extraction.of(archive, List.of(new QualifiedName("app", "child")), true))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("cannot be extracted alone: it needs TABLE app.base");
    }
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void whatIsThereIsNotOverwritten(Format format) throws IOException {
    Path there = Files.writeString(directory.resolve("there"), "precious");
    try (Archive archive = Archives.open(Archives.NASTY)) {
      Extraction orders =
          Extraction.of(archive, List.of(new QualifiedName("app", "orders")), false);
      assertThatThrownBy(() -> new Extractor(orders).write(format, there))
          .hasMessageContaining("is there already; it was not touched");
    }
    assertThat(there).hasContent("precious");
  }

  @Test
  void psqlAndPgRestoreTakeIt() throws Exception {
    assumeTrue(Servers.hasClientTools(), "psql and pg_restore are needed");
    QualifiedName table = new QualifiedName("catalog", "product");
    try (Archive archive = Archives.open(Archives.SHOP)) {
      for (Format format : Format.values()) {
        Path out = directory.resolve(format.name());
        new Extractor(Extraction.of(archive, List.of(table), true)).write(format, out);
        try (Database database = Database.create()) {
          createRoles(database);
          run(
              format == Format.SQL
                  ? List.of(
                      "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database.uri(), "-f", "" + out)
                  : List.of("pg_restore", "-e", "-d", database.uri(), "" + out));
          assertThat(database.queryLong("SELECT count(*) FROM catalog.product")).isEqualTo(120);
        }
      }
    }
  }

  @Test
  void aPipeGetsTheSame() throws IOException {
    try (Archive archive = Archives.open(Archives.NASTY)) {
      List<QualifiedName> tables = List.of(new QualifiedName("app", "copytext"));
      for (Format format : List.of(Format.SQL, Format.CUSTOM)) {
        var piped = new ByteArrayOutputStream();
        Map<QualifiedName, RowSet> rows =
            new Extractor(Extraction.of(archive, tables, false)).write(format, piped);
        Path file = Files.write(directory.resolve("piped" + format), piped.toByteArray());
        try (Archive extract = Archive.open(file)) {
          extract.checkWhole();
          assertThat(rows(extract)).isEqualTo(rows);
        }
      }
    }
  }

  private static void createRoles(Database database) {
    for (String role : List.of("shop_owner", "shop_app", "shop_reporting")) {
      database.execute(
          "DO $$ BEGIN CREATE ROLE %s; EXCEPTION WHEN duplicate_object THEN END $$"
              .formatted(role));
    }
  }

  private static Set<QualifiedName> withData(Archive archive, QualifiedName table) {
    var closure =
        new ClosureBuilder(archive.toc(), new Ownership(archive.toc())).of(List.of(table));
    return closure.tables().stream()
        .filter(each -> closure.data(each).isPresent())
        .map(Entries::name)
        .collect(java.util.stream.Collectors.toSet());
  }

  /// The closure of the table but for what other relations need.
  private static List<String> describe(Archive archive, QualifiedName table) {
    var closure =
        new ClosureBuilder(archive.toc(), new Ownership(archive.toc())).of(List.of(table));
    List<String> lines = new ArrayList<>();
    Stream.of(closure.tables(), closure.belongings(), closure.dependents())
        .flatMap(List::stream)
        .filter(entry -> !entry.desc().matches("(EXTENDED )?STATISTICS DATA"))
        .forEach(entry ->
            lines.add(
                String.join(
                        "|",
                        entry.desc(),
                        entry.namespace(),
                        entry.desc().matches("COMMENT|ACL|FUNCTION|PROCEDURE") ? "" : entry.tag(),
                        entry.desc().matches(OWNED) ? entry.owner() : "",
                        entry.defn().replaceAll("\\s+", " ").replaceFirst(";? ?$", ""))
                    .replaceFirst("-- load via partition root .*", "")));
    return lines;
  }

  private static Map<QualifiedName, RowSet> rows(Archive archive) {
    var copier = new RowCopier(archive);
    archive.toc().entries().stream()
        .filter(entry -> entry.desc().equals("TABLE DATA"))
        .forEach(entry -> {
          try {
            copier.copy(entry, java.io.OutputStream.nullOutputStream());
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    return copier.copied();
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(command);
    words.set(0, Servers.clientTool(command.getFirst()).toString());
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
  }

  private static void delete(Path out) {
    if (Files.isDirectory(out)) {
      dev.pgmend.restore.Client.delete(out);
    } else {
      try {
        Files.delete(out);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
