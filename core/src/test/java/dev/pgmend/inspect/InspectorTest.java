package dev.pgmend.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.SyntheticArchive;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.QualifiedName;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectorTest {
  @Test
  void tellsWhatTheArchiveIs() {
    try (Archive archive = open("pg18/nasty-Fc-gzip.dump")) {
      Overview overview = new Inspector(archive).overview();
      assertThat(overview.encoding()).isEqualTo("UTF8");
      assertThat(overview.largeObjects()).isEqualTo(3);
      assertThat(overview.entries()).isEqualTo(archive.toc().entries().size());
      assertThat(overview.complete()).isTrue();
      assertThat(overview.tables())
          .hasSize(overview.kinds().getOrDefault("TABLE", 0))
          .isSortedAccordingTo((a, b) ->
              a.name().schema().equals(b.name().schema())
                  ? a.name().name().compareTo(b.name().name())
                  : a.name().schema().compareTo(b.name().schema()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pg15/nasty-Fc-default.dump", "pg17/nasty-Fd-zstd", "pg18/nasty-Fc-none.dump"})
  void countsWhatBelongsToATable(String name) {
    try (Archive archive = open(name)) {
      Inspector inspector = new Inspector(archive);
      TableSummary customers = summary(inspector.overview(), "customers");
      assertThat(customers.rowSecurity()).isTrue();
      assertThat(customers.storedBytes()).isPositive();
      assertThat(customers.belongings())
          .containsEntry(ItemKind.PRIMARY_KEY, 1)
          .containsEntry(ItemKind.UNIQUE_KEY, 1)
          .containsEntry(ItemKind.CHECK, 1)
          .containsEntry(ItemKind.TRIGGER, 2)
          .containsEntry(ItemKind.POLICY, 2)
          .containsEntry(ItemKind.IDENTITY, 1)
          .containsEntry(ItemKind.STATISTICS, 1)
          .containsEntry(ItemKind.COMMENT, 7);
      assertThat(customers.dependents()).containsEntry(ItemKind.FOREIGN_KEY, 1);
      assertThat(summary(inspector.overview(), "Mixed Case Tbl").belongings())
          .containsEntry(ItemKind.PUBLICATION, 1);
      // "a b fk" is a foreign key of "a b" and of "a" alike.
      assertThat(summary(inspector.overview(), "a").belongings())
          .containsEntry(ItemKind.FOREIGN_KEY, 1);
    }
  }

  @Test
  void tellsPartitionsAndChildren() {
    try (Archive archive = open("pg17/nasty-Fc-zstd.dump")) {
      Overview overview = new Inspector(archive).overview();
      TableSummary events = summary(overview, "events");
      assertThat(events.partitioned()).isTrue();
      assertThat(events.hasData()).isFalse();
      assertThat(events.partitions()).isEqualTo(5);
      assertThat(summary(overview, "events 2025.eu").partitionOf())
          .isEqualTo(new QualifiedName("app", "events_2025"));
      assertThat(summary(overview, "base").partitions()).isEqualTo(1);
      assertThat(summary(overview, "child").inherits())
          .containsExactly(new QualifiedName("app", "base"));
    }
  }

  @Test
  void namesEverythingThatARestoreConcerns() {
    try (Archive archive = open("pg15/nasty-Fc-default.dump")) {
      TableDetail detail = new Inspector(archive).detail(new QualifiedName("app", "events"));
      assertThat(detail.parts()).hasSize(5).contains(new QualifiedName("app", "events_2024"));
      assertThat(detail.belongings())
          .anySatisfy(item -> {
            assertThat(item.kind()).isEqualTo(ItemKind.IDENTITY);
            assertThat(item.on()).isNull();
          });
      assertThat(detail.dependents())
          .anySatisfy(item -> {
            assertThat(item.kind()).isEqualTo(ItemKind.FOREIGN_KEY);
            assertThat(item.on()).isEqualTo(new QualifiedName("app", "event_refs"));
          });
      assertThat(detail.needs())
          .anySatisfy(item -> assertThat(item.kind()).isEqualTo(ItemKind.SCHEMA));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pg15/nasty-Fc-default.dump",
        "pg15/latin1-Fc.dump",
        "pg17/nasty-Fd-zstd",
        "pg18/nasty-Fc-none.dump"
      })
  void countsTheDependentsThatTheClosureHas(String name) {
    try (Archive archive = open(name)) {
      Ownership ownership = new Ownership(archive.toc());
      ClosureBuilder closures = new ClosureBuilder(archive.toc(), ownership);
      for (TableSummary table : new Inspector(archive).overview().tables()) {
        List<Entry> fallen = closures.of(List.of(table.name())).dependents();
        Set<Integer> ids = new HashSet<>();
        fallen.forEach(entry -> ids.add(entry.dumpId()));
        long whole =
            fallen.stream()
                .filter(entry -> !ClosureBuilder.isLeaf(entry))
                .filter(entry ->
                    ownership.owner(entry).filter(owner -> ids.contains(owner.dumpId())).isEmpty())
                .filter(entry -> !entry.desc().equals("PUBLICATION TABLE"))
                .count();
        assertThat(table.dependentCount()).as(table.name().sql()).isEqualTo((int) whole);
      }
    }
  }

  @Test
  void saysWhenRowsCannotBeRestored() {
    try (Archive archive = open("pg15/nasty-Fc-inserts.dump")) {
      assertThat(summary(new Inspector(archive).overview(), "child").problem()).contains("INSERT");
      assertThat(summary(new Inspector(archive).overview(), "orders").problem()).isNull();
    }
    try (Archive archive = open("pg15/nasty-Fc-schemaonly.dump")) {
      assertThat(new Inspector(archive).overview().tables())
          .noneMatch(TableSummary::hasData)
          .allMatch(table -> table.problem() == null);
    }
  }

  @Test
  void isLinearInTheNumberOfEntries(@TempDir Path directory) {
    var synthetic = new SyntheticArchive();
    int tables = 10_000;
    for (int i = 0; i < tables; i++) {
      int id = 1000 + 5 * i;
      String name = "t" + i;
      synthetic
          .object(id, "TABLE", "s", name, "CREATE TABLE s.%s (a integer);".formatted(name))
          .object(
              id + 1,
              "CONSTRAINT",
              "s",
              name + " k",
              "ALTER TABLE ONLY s.%s ADD CONSTRAINT k%d PRIMARY KEY (a);".formatted(name, i),
              id)
          .object(
              id + 2,
              "INDEX",
              "s",
              "i" + i,
              "CREATE INDEX i%d ON s.%s USING btree (a);".formatted(i, name),
              id)
          .object(
              id + 3,
              "COMMENT",
              "s",
              "TABLE t",
              "COMMENT ON TABLE s.%s IS 'x';".formatted(name),
              id)
          .object(
              id + 4,
              "VIEW",
              "s",
              "v" + i,
              "CREATE VIEW s.v%d AS SELECT a FROM s.%s;".formatted(i, name),
              id);
    }
    Instant start = Instant.now();
    try (Archive archive = Archive.open(synthetic.write(directory.resolve("large.dump")))) {
      Overview overview = new Inspector(archive).overview();
      assertThat(overview.complete()).isTrue();
      assertThat(overview.tables())
          .hasSize(tables)
          .allMatch(table -> table.dependents().equals(Map.of(ItemKind.VIEW, 1)))
          .allMatch(table -> table.belongings().size() == 3);
    }
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void givesUpCountingWhereEveryTableReachesEverything(@TempDir Path directory) {
    var synthetic = new SyntheticArchive();
    int half = 10_000;
    for (int i = 0; i < half; i++) {
      synthetic.object(1000 + i, "TABLE", "s", "t" + i, "CREATE TABLE s.t%d ();".formatted(i));
    }
    int first = 1000 + half;
    Integer[] all = new Integer[half];
    java.util.Arrays.setAll(all, i -> 1000 + i);
    synthetic.object(first, "VIEW", "s", "v0", "CREATE VIEW s.v0 AS SELECT 1;", all);
    for (int i = 1; i < half; i++) {
      synthetic.object(
          first + i,
          "VIEW",
          "s",
          "v" + i,
          "CREATE VIEW s.v%d AS SELECT 1;".formatted(i),
          first + i - 1);
    }
    Instant start = Instant.now();
    try (Archive archive = Archive.open(synthetic.write(directory.resolve("dense.dump")))) {
      Overview overview = new Inspector(archive).overview();
      assertThat(overview.complete()).isFalse();
      assertThat(overview.tables()).allMatch(table -> table.dependentCount() == 1);
    }
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(15));
  }

  private static TableSummary summary(Overview overview, String name) {
    return overview.tables().stream()
        .filter(table -> table.name().equals(new QualifiedName("app", name)))
        .findFirst()
        .orElseThrow();
  }

  private static Archive open(String name) {
    try {
      return Archive.open(Path.of(InspectorTest.class.getResource("/corpus/" + name).toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
