package dev.pgmend.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.Client;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Archives;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two backups are compared on a server that neither comes from.
class ScratchTablesTest {
  @TempDir private static Path directory;

  @Test
  void twoDumpsOfOneDatabaseAreTheSame() {
    List<RowDiff> diffs =
        compare(
            Archives.path("corpus/pg15/nasty-Fc-Z0.dump"),
            Archives.path("corpus/pg15/nasty-column-inserts.sql"),
            null,
            tables());
    assertThat(diffs).hasSizeGreaterThan(25).allMatch(RowDiff::same);
  }

  private static QualifiedName[] tables() {
    try (Archive archive = Archives.open("corpus/pg15/nasty-Fc-Z0.dump")) {
      return Archives.tables(archive.toc()).toArray(QualifiedName[]::new);
    }
  }

  @Test
  void rowsOfTwoDaysAreCompared() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    Path monday = directory.resolve("monday.sql");
    Path tuesday = directory.resolve("tuesday.dump");
    try (Database database = Database.create()) {
      database.execute(
          """
          CREATE TYPE mood AS ENUM ('good', 'bad');
          CREATE TABLE t (id int PRIMARY KEY, m mood, n numeric(10, 2), twice numeric GENERATED ALWAYS AS (n * 2) STORED);
          INSERT INTO t SELECT i, 'good', i FROM generate_series(1, 100) i;
          CREATE TABLE p (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
          CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
          CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
          INSERT INTO p SELECT i, date '2025-12-01' + i FROM generate_series(1, 60) i;
          CREATE TABLE gone (a int); INSERT INTO gone VALUES (1), (2);
          """);
      Client.dump(database, monday, false, List.of("-Fp"));
      database.execute(
          """
          DELETE FROM t WHERE id <= 3; UPDATE t SET m = 'bad' WHERE id IN (50, 51); INSERT INTO t VALUES (200, 'bad', 1);
          DROP TABLE p1; DROP TABLE gone;
          """);
      Client.dump(database, tuesday, false, List.of("-Fc"));
    }
    var csv = new ByteArrayOutputStream();
    List<RowDiff> diffs = compare(monday, tuesday, csv, new QualifiedName("public", "t"));
    assertThat(diffs)
        .singleElement()
        .satisfies(diff -> {
          assertThat(List.of(diff.missing(), diff.changed(), diff.newer()))
              .containsExactly(3L, 2L, 1L);
          assertThat(diff.key()).containsExactly("id");
          assertThat(diff.changedColumns()).containsOnlyKeys("m");
        });
    assertThat(csv.toString(StandardCharsets.UTF_8).lines()).hasSize(1 + 3 + 2 * 2 + 1);
    assertThat(
            compare(
                monday,
                tuesday,
                null,
                new QualifiedName("public", "p"),
                new QualifiedName("public", "gone")))
        .satisfiesExactlyInAnyOrder(
            diff -> {
              assertThat(diff.table().name()).isEqualTo("p");
              assertThat(List.of(diff.missing(), diff.changed(), diff.newer()))
                  .containsExactly(30L, 0L, 0L);
            },
            diff -> {
              assertThat(diff.table().name()).isEqualTo("gone");
              assertThat(diff.gone()).isTrue();
              assertThat(diff.backupRows()).isEqualTo(2);
            });
  }

  private static List<RowDiff> compare(
      Path from, Path to, @Nullable ByteArrayOutputStream csv, QualifiedName... names) {
    Set<QualifiedName> tables = new LinkedHashSet<>(List.of(names));
    try (Database scratch = Database.create();
        Archive archive = Archive.open(from);
        Archive other = Archive.open(to)) {
      ConnectionTarget target = ConnectionTarget.parse(scratch.uri(), Map.of());
      try (Session session = Session.open(target)) {
        new ScratchTables(other, session).load(tables, _ -> {});
      }
      try (TableDiff diff = TableDiff.open(archive, target)) {
        return diff.compare(new TableDiff.Request(tables, List.of(), 5), _ -> {}, csv);
      }
    }
  }
}
