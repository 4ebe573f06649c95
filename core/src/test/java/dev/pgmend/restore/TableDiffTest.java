package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Servers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What `diff` says of a table since the backup.
class TableDiffTest {
  private static final String TABLE =
      """
      CREATE TABLE t (id int PRIMARY KEY, n numeric, "pgmend row" text, s text, l text, r text, b text);
      INSERT INTO t SELECT g, g, 'x' || g FROM generate_series(1, 20) g\
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void countsWhatIsMissingChangedAndNewerAndNamesTheColumns() {
    try (Small db =
        new Small(TABLE)
            .since(
                "DELETE FROM t WHERE id IN (3, 4); UPDATE t SET s = 'y', \"pgmend row\" = NULL WHERE id = 7; UPDATE t SET s = 'z' WHERE id = 8; INSERT INTO t VALUES (100)")) {
      RowDiff diff = diff(db, "t");
      assertThat(List.of(diff.missing(), diff.changed(), diff.newer())).containsExactly(2L, 2L, 1L);
      assertThat(diff.key()).containsExactly("id");
      assertThat(diff.changedColumns()).isEqualTo(Map.of("pgmend row", 1L, "s", 2L));
      assertThat(diff.samples())
          .filteredOn(sample -> sample.kind() == RowDiff.Kind.CHANGED)
          .first()
          .extracting(RowDiff.Sample::values)
          .isEqualTo(
              List.of(
                  new RowDiff.Value("id", "7", "7", false),
                  new RowDiff.Value("pgmend row", "x7", null, true),
                  new RowDiff.Value("s", null, "y", true)));
    }
  }

  @Test
  void changesNothing() {
    try (Small db = new Small(TABLE).since("DELETE FROM t WHERE id = 3")) {
      Map<String, String> before = db.fingerprint();
      assertThat(diff(db, "t").missing()).isEqualTo(1);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void aTableThatIsWhatTheBackupSaysIsTheSame() {
    try (Small db = new Small(TABLE)) {
      RowDiff diff = diff(db, "t");
      assertThat(diff.same()).as("%s", diff).isTrue();
      assertThat(diff.backupRows()).isEqualTo(20);
    }
  }

  @Test
  void valuesThatAreEqualAndLookOtherwiseDiffer() {
    try (Small db = new Small(TABLE).since("UPDATE t SET n = 1.00 WHERE id = 1")) {
      assertThat(diff(db, "t").changedColumns()).isEqualTo(Map.of("n", 1L));
    }
  }

  @Test
  void withoutAKeyEqualRowsAreCounted() {
    try (Small db =
        new Small(
                "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (2, NULL)")
            .since(
                "DELETE FROM t; INSERT INTO t VALUES (1, 'x'), (2, NULL), (2, NULL), (3, 'z')")) {
      RowDiff diff = diff(db, "t");
      assertThat(List.of(diff.missing(), diff.changed(), diff.newer())).containsExactly(2L, 0L, 2L);
    }
  }

  @Test
  void tablesWithoutColumnsHaveRowsToo() {
    try (Small db =
        new Small("CREATE TABLE t (); INSERT INTO t DEFAULT VALUES; INSERT INTO t DEFAULT VALUES")
            .since("DELETE FROM t; INSERT INTO t DEFAULT VALUES")) {
      assertThat(diff(db, "t").missing()).isEqualTo(1);
    }
  }

  @Test
  void rowsThatMovedToAnotherPartitionAreTheSame() {
    try (Small db =
        new Small(
                """
                CREATE TABLE p (id int PRIMARY KEY, x text) PARTITION BY RANGE (id);
                CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
                CREATE TABLE p2 (x text, id int NOT NULL); ALTER TABLE p ATTACH PARTITION p2 DEFAULT;
                INSERT INTO p SELECT g, 'x' FROM generate_series(1, 30) g\
                """)
            .since(
                """
                ALTER TABLE p DETACH PARTITION p1; ALTER TABLE p DETACH PARTITION p2; DROP TABLE p1, p2;
                CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (0) TO (100);
                INSERT INTO p SELECT g, 'x' FROM generate_series(5, 31) g\
                """)) {
      RowDiff diff = diff(db, "p");
      assertThat(List.of(diff.missing(), diff.changed(), diff.newer())).containsExactly(4L, 0L, 1L);
    }
  }

  @Test
  void columnsThatCameOrWentAreNotComparedAndNamed() {
    try (Small db =
        new Small(TABLE).since("ALTER TABLE t DROP COLUMN l, ADD COLUMN fresh int DEFAULT 7")) {
      RowDiff diff = diff(db, "t");
      assertThat(diff.same()).isTrue();
      assertThat(diff.notes())
          .anyMatch(note -> note.contains("\"l\""))
          .anyMatch(note -> note.contains("\"fresh\""));
    }
  }

  /// a and b have exchanged their names: without a word nobody knows, and with one nothing differs.
  @Test
  void renamedColumnsAreComparedByTheirNamesOfToday() {
    try (Small db =
        new Small(
                "CREATE TABLE t (key int PRIMARY KEY, a text, b text, c int); INSERT INTO t SELECT g, 'a' || g, 'b' || g, g FROM generate_series(1, 9) g")
            .since(
                """
                ALTER TABLE t RENAME a TO x; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME x TO b; ALTER TABLE t RENAME key TO id;
                ALTER TABLE t DROP c; UPDATE t SET b = 'bad' WHERE id = 3\
                """)) {
      RowDiff diff =
          diff(db, List.of(rename("key", "id"), rename("a", "b"), rename("b", "a")), false);
      assertThat(List.of(diff.missing(), diff.changed(), diff.newer())).containsExactly(0L, 1L, 0L);
      assertThat(diff.key()).containsExactly("id");
      assertThat(diff.changedColumns()).isEqualTo(Map.of("b", 1L));
      assertThat(diff.notes()).anyMatch(note -> note.contains("\"c\""));
      assertThat(diff(db, List.of(rename("key", "id")), true).notes())
          .noneMatch(note -> note.contains("\"c\""));
      assertThatThrownBy(() -> diff(db, List.of(rename("nix", "id")), false))
          .hasMessageContaining("no such column");
      assertThatThrownBy(() -> diff(db, List.of(rename("key", "nix")), false))
          .hasMessageContaining("no column");
      assertThatThrownBy(() -> diff(db, List.of(rename("a", "b"), rename("b", "b")), false))
          .hasMessageContaining("twice");
    }
  }

  private static ColumnPolicy.Rename rename(String from, String to) {
    return new ColumnPolicy.Rename(Optional.empty(), from, to);
  }

  private static RowDiff diff(Small db, List<ColumnPolicy.Rename> renames, boolean drop) {
    try (Archive archive = Archive.open(db.archive());
        TableDiff diff = TableDiff.open(archive, db.target())) {
      return diff.compare(
              new TableDiff.Request(
                  Set.of(new QualifiedName("public", "t")),
                  List.of(),
                  3,
                  new ColumnPolicy(renames, drop, false)),
              _ -> {},
              null)
          .getFirst();
    }
  }

  @Test
  void valuesOfAnotherTypeAreComparedAsWhatTheyBecome() {
    try (Small db =
        new Small(
                "CREATE TABLE t (id int PRIMARY KEY, v int, w text); INSERT INTO t VALUES (1, 5, '7'), (2, 6, '8')")
            .since(
                "ALTER TABLE t ALTER v TYPE numeric(10,2), ALTER w TYPE int USING w::int; UPDATE t SET w = 9 WHERE id = 2")) {
      RowDiff diff = diff(db, "t");
      assertThat(diff.changedColumns()).as("%s", diff).isEqualTo(Map.of("w", 1L));
      assertThat(diff.notes()).hasSize(2);
    }
  }

  @Test
  void valuesThatDoNotFitTheTypeOfTodayAreComparedAsText() {
    try (Small db =
        new Small(
                "CREATE TABLE t (id int PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'abc'), (2, '8')")
            .since("ALTER TABLE t ALTER w TYPE int USING CASE WHEN w = '8' THEN 8 END")) {
      RowDiff diff = diff(db, "t");
      assertThat(diff.changed()).as("%s", diff).isEqualTo(1);
      assertThat(diff.notes()).anyMatch(note -> note.contains("compared as text"));
    }
  }

  @Test
  void ofATableThatIsGoneAllRowsAreMissing() {
    try (Small db = new Small(TABLE).since("DROP TABLE t")) {
      RowDiff diff = diff(db, "t");
      assertThat(diff.gone()).isTrue();
      assertThat(diff.missing()).isEqualTo(20);
    }
  }

  @Test
  void aKeyThatTheUserNamesHasToBeOne() {
    try (Small db =
        new Small(
            "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'x'), (3, NULL)")) {
      assertThat(diff(db, List.of("a"), null, "t").key()).containsExactly("a");
      assertThatThrownBy(() -> diff(db, List.of("b"), null, "t"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("is no key");
      assertThatThrownBy(() -> diff(db, List.of("nope"), null, "t"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("do not both have it");
    }
  }

  @Test
  void everyRowThatDiffersIsWritten() {
    try (Small db =
        new Small(
                "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, E'c,\\n\"')")
            .since(
                "DELETE FROM t WHERE id = 3; UPDATE t SET v = NULL WHERE id = 2; INSERT INTO t VALUES (4, '')")) {
      ByteArrayOutputStream csv = new ByteArrayOutputStream();
      diff(db, List.of(), csv, "t");
      assertThat(csv.toString(StandardCharsets.UTF_8))
          .isEqualTo(
              """
              difference,side,changed columns,id,v
              changed,backup,v,2,b
              changed,live,v,2,
              missing,backup,,3,"c,
              ""\"
              newer,live,,4,""
              """);
    }
  }

  @Test
  void aMissingRightIsNamed() {
    try (Small db = new Small(TABLE)) {
      db.since("CREATE ROLE diff_reader LOGIN");
      try {
        assertThatThrownBy(() -> diff(db, "diff_reader", Set.of("t"), List.of(), null))
            .isInstanceOfSatisfying(
                PgmendException.class,
                failure -> {
                  assertThat(failure.kind()).isEqualTo(PgmendException.Kind.REFUSED);
                  assertThat(failure.hint())
                      .isEqualTo("GRANT SELECT ON \"public\".\"t\" TO \"diff_reader\";");
                });
        db.since("GRANT SELECT ON t TO diff_reader");
        assertThat(diff(db, "diff_reader", Set.of("t"), List.of(), null).same()).isTrue();
      } finally {
        db.since("DROP OWNED BY diff_reader; DROP ROLE diff_reader");
      }
    }
  }

  private static RowDiff diff(Small db, String table) {
    return diff(db, List.of(), null, table);
  }

  private static RowDiff diff(
      Small db, List<String> key, @Nullable ByteArrayOutputStream csv, String table) {
    return diff(db, "", Set.of(table), key, csv);
  }

  private static RowDiff diff(
      Small db,
      String user,
      Set<String> tables,
      List<String> key,
      @Nullable ByteArrayOutputStream csv) {
    try (Archive archive = Archive.open(db.archive());
        TableDiff diff =
            TableDiff.open(
                archive, user.isEmpty() ? db.target() : Restores.target(db.database().uri(user)))) {
      return diff.compare(
              new TableDiff.Request(
                  Set.copyOf(
                      tables.stream().map(name -> new QualifiedName("public", name)).toList()),
                  key,
                  5),
              _ -> {},
              csv)
          .getFirst();
    }
  }
}
