package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A script says the same as the archive of the same database.
class ScriptArchiveTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "pg15/nasty-copy.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-copy.sql.gz, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-inserts.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-column-inserts.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-column-inserts-rpi3.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-clean-create.sql, pg15/nasty-Fc-Z0.dump",
    "pg17/nasty-copy.sql, pg17/nasty-Fc-none.dump",
    "pg17/nasty-inserts.sql, pg17/nasty-Fc-none.dump",
    "pg17/nasty-clean-create.sql, pg17/nasty-Fc-none.dump",
    "pg18/nasty-copy.sql, pg18/nasty-Fc-none.dump",
    "pg18/nasty-inserts.sql, pg18/nasty-Fc-none.dump",
    "pg18/nasty-clean-create.sql, pg18/nasty-Fc-none.dump",
  })
  void entriesAreThoseOfTheArchive(String script, String reference) {
    try (Archive archive = Archive.open(Corpus.path(script));
        Archive custom = Archive.open(Corpus.path(reference))) {
      assertThat(archive.header().format()).isEqualTo(Format.PLAIN);
      assertSame(describe(archive), describe(custom));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pg15/nasty-copy.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-inserts.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-column-inserts-rpi3.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-clean-create.sql, pg15/nasty-Fc-Z0.dump",
    "pg17/nasty-copy.sql, pg17/nasty-Fc-none.dump",
    "pg18/nasty-copy.sql, pg18/nasty-Fc-none.dump",
    "pg18/nasty-inserts.sql, pg18/nasty-Fc-none.dump",
  })
  void closuresAreThoseOfTheArchive(String script, String reference) {
    try (Archive archive = Archive.open(Corpus.path(script));
        Archive custom = Archive.open(Corpus.path(reference))) {
      Map<String, String> expected = closures(custom);
      Map<String, String> actual = closures(archive);
      assertThat(actual).hasSizeGreaterThan(35);
      for (String table : expected.keySet()) {
        assertSame(
            actual.get(table).lines().map(line -> table + line).toList(),
            expected.get(table).lines().map(line -> table + line).toList());
      }
    }
  }

  /// `--inserts` tables with columns of their own and inherited ones have no known order, so their rows are not read.
  @ParameterizedTest
  @CsvSource({
    "pg15/nasty-copy.sql, pg15/nasty-Fd-Z0, ''",
    "pg15/nasty-copy.sql.gz, pg15/nasty-Fd-Z0, ''",
    "pg15/nasty-clean-create.sql, pg15/nasty-Fd-Z0, ''",
    "pg15/nasty-inserts.sql, pg15/nasty-Fd-Z0, app.child",
    "pg15/nasty-Fc-inserts.dump, pg15/nasty-Fd-Z0, app.child",
    "pg15/nasty-column-inserts.sql, pg15/nasty-Fd-Z0, ''",
    "pg15/nasty-column-inserts-rpi3.sql, pg15/nasty-Fd-Z0, ''",
    "pg17/nasty-copy.sql, pg17/nasty-Fd-none, ''",
    "pg17/nasty-copy.sql.zst, pg17/nasty-Fd-none, ''",
    "pg17/nasty-copy.sql.lz4, pg17/nasty-Fd-none, ''",
    "pg17/nasty-inserts.sql, pg17/nasty-Fd-none, app.child",
    "pg18/nasty-copy.sql, pg18/nasty-Fd-none, ''",
    "pg18/nasty-inserts.sql, pg18/nasty-Fd-none, app.child",
  })
  void rowsAreThoseOfTheArchive(String script, String reference, String refused) {
    try (Archive archive = Archive.open(Corpus.path(script));
        Archive custom = Archive.open(Corpus.path(reference))) {
      Map<String, String> expected = Corpus.rows(custom);
      Map<String, String> actual = new TreeMap<>();
      List<String> unread = new ArrayList<>();
      for (Entry entry : archive.toc().entries()) {
        String table = entry.namespace() + "." + entry.tag();
        if (!entry.desc().equals("TABLE DATA")) {
          continue;
        }
        if (entry.copyStmt() == null) {
          unread.add(table);
        } else {
          actual.put(table, Corpus.text(archive, entry));
        }
      }
      assertThat(String.join(" ", unread)).isEqualTo(refused);
      expected.keySet().removeAll(unread);
      assertThat(actual).isEqualTo(expected);
    }
  }

  @Test
  void quotedIdentifiersAreWrittenAsWithout() {
    try (Archive archive = Archive.open(Corpus.path("pg15/nasty-quoteall-orders.sql"));
        Archive custom = Archive.open(Corpus.path("pg15/nasty-Fc-Z0.dump"))) {
      Entry quoted = Corpus.entry(archive, "TABLE", "app", "orders");
      Entry plain = Corpus.entry(custom, "TABLE", "app", "orders");
      assertThat(quoted.defn()).isEqualTo(plain.defn().stripTrailing() + "\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pg15/nasty-copy.sql, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-copy.sql.gz, pg15/nasty-Fc-Z0.dump",
    "pg15/nasty-inserts.sql, pg15/nasty-Fc-Z0.dump",
    "pg17/nasty-copy.sql, pg17/nasty-Fc-none.dump",
    "pg18/nasty-clean-create.sql, pg18/nasty-Fc-none.dump",
  })
  void largeObjectsAreThoseOfTheArchive(String script, String reference) {
    try (Archive archive = Archive.open(Corpus.path(script));
        Archive custom = Archive.open(Corpus.path(reference))) {
      Map<Long, String> expected = contents(custom);
      assertThat(expected).hasSize(3).containsEntry(4200002L, "");
      assertThat(contents(archive)).isEqualTo(expected);
      assertThat(LargeObjects.of(archive.toc()).data())
          .isNotEmpty()
          .allSatisfy(entry -> {
            assertThat(archive.storedSize(entry)).isPositive();
            assertThatThrownBy(() -> archive.openData(entry))
                .hasMessageContaining("is not the data of a table");
          });
    }
  }

  private static Map<Long, String> contents(Archive archive) {
    Map<Long, String> contents = new TreeMap<>();
    for (Entry entry : LargeObjects.of(archive.toc()).data()) {
      archive.largeObjects(
          entry,
          new LargeObjectReader() {
            @Override
            public boolean wants(long oid) {
              return true;
            }

            @Override
            public void read(long oid, InputStream content) throws IOException {
              contents.put(oid, HexFormat.of().formatHex(content.readAllBytes()));
            }
          });
    }
    return contents;
  }

  private static void assertSame(List<String> actual, List<String> expected) {
    List<String> extra = new ArrayList<>(actual);
    extra.removeAll(expected);
    List<String> missing = new ArrayList<>(expected);
    missing.removeAll(actual);
    assertThat(String.join("\n", extra)).isEqualTo(String.join("\n", missing));
  }

  private static List<String> describe(Archive archive) {
    TreeSet<String> lines = new TreeSet<>();
    for (Entry entry : archive.toc().entries()) {
      switch (entry.desc()) {
        case "ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES" -> {}
        case "BLOB", "BLOBS", "BLOB METADATA", "BLOB COMMENTS" -> {}
        default -> lines.add(describe(entry));
      }
    }
    return lines.stream().filter(line -> !line.contains("LARGE OBJECT")).toList();
  }

  static String describe(Entry entry) {
    boolean owned = !List.of("COMMENT", "ACL", "DEFAULT ACL").contains(entry.desc());
    boolean tagged =
        !entry.desc().matches("FUNCTION|PROCEDURE|AGGREGATE|COMMENT|ACL|TRANSFORM|USER MAPPING");
    return String.join(
        " | ",
        entry.desc(),
        entry.namespace(),
        tagged ? entry.tag() : "",
        entry.section().toString(),
        String.join(" ; ", Sql.split(entry.defn())).replaceAll("\\s+", " "),
        "drop " + String.join(" ; ", drop(entry)).replaceAll("\\s+", " "),
        owned ? "owner " + entry.owner() : "",
        "space " + entry.tablespace(),
        "am " + entry.tableAccessMethod());
  }

  private static List<String> drop(Entry entry) {
    return entry.desc().equals("RULE") && entry.tag().endsWith("_RETURN")
        ? List.of()
        : Sql.split(entry.dropStmt());
  }

  private static Map<String, String> closures(Archive archive) {
    Map<String, String> closures = new TreeMap<>();
    var builder = new ClosureBuilder(archive.toc(), new Ownership(archive.toc()));
    for (Entry entry : archive.toc().entries()) {
      if (entry.desc().equals("TABLE")) {
        var name = new QualifiedName(entry.namespace(), entry.tag());
        Closure closure = builder.of(List.of(name));
        closures.put(
            name.toString(),
            "tables:\n%s\nbelongings:\n%s\ndependents:\n%s\nneeds:\n%s"
                .formatted(
                    list(closure.tables()),
                    list(closure.belongings()),
                    list(closure.dependents()),
                    list(closure.needs())));
      }
    }
    return closures;
  }

  private static String list(List<Entry> entries) {
    return entries.stream()
        .map(entry -> "  " + entry.desc() + " " + entry.namespace() + " " + head(entry))
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private static String head(Entry entry) {
    List<String> statements = Sql.split(entry.defn());
    return statements.isEmpty()
        ? entry.tag()
        : statements.getFirst().replaceAll("\\s+", " ").replaceAll("^(.{70}).*", "$1");
  }

  /// Some people strip comments; then nothing tells which partition's rows come through the root.
  @Test
  void commentsAreNotNeeded() throws IOException {
    String text = Files.readString(Corpus.path("pg15/nasty-copy.sql"));
    String bare = text.replaceAll("(?m)^--( (Name|Data for Name|PostgreSQL|Dumped).*)?\n", "");
    Path file = Files.writeString(directory.resolve("bare.sql"), bare);
    try (Archive archive = Archive.open(file);
        Archive custom = Archive.open(Corpus.path("pg15/nasty-Fc-Z0.dump"))) {
      List<String> expected = new ArrayList<>(describe(custom));
      expected.removeIf(line -> line.startsWith("TABLE DATA | app | hp_"));
      List<String> actual = new ArrayList<>(describe(archive));
      actual.removeIf(line -> line.startsWith("TABLE DATA | app | hp |"));
      assertSame(actual, expected);
    }
  }
}
