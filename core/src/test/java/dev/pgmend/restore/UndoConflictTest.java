package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an undo does about rows that someone has changed since the mend, and about those that a later run has touched.
class UndoConflictTest {
  private static final String TABLE =
      "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT g, 'a' FROM generate_series(1, 20) g";

  /// 1 to 3 are lost, 4 to 6 changed, 100 to 102 newer.
  private static final String ACCIDENT =
      "DELETE FROM t WHERE id <= 3; UPDATE t SET a = 'bad' WHERE id IN (4, 5, 6); INSERT INTO t SELECT g, 'new' FROM generate_series(100, 102) g";

  /// After the restore: of each kind one, and 5, which goes; 7 was never touched.
  private static final String SINCE =
      "UPDATE t SET a = 'mine' WHERE id IN (1, 4, 7); INSERT INTO t VALUES (100, 'mine'); DELETE FROM t WHERE id = 5";

  private static final String ROWS =
      "SELECT string_agg(id || a, ' ' ORDER BY id) FROM t WHERE id < 8 OR id > 99";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void rowsThatWereChangedSinceEndTheUndo() {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      String run = db.restore("t").run();
      db.since(SINCE);
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.undo(run, Conflicts.FAIL))
          .hasMessageContaining("4 rows of \"public\".\"t\"")
          .hasMessageContaining("(1)")
          .hasMessageContaining("(4)")
          .hasMessageContaining("(5)")
          .hasMessageContaining("(100)")
          .satisfies(e -> {
            assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED);
            assertThat(((PgmendException) e).hint()).contains("keep-live", "take-backup");
          });
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void theyStayOrAreReplaced() {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      String run = db.restore("t").run();
      db.since(SINCE);
      assertThat(db.undo(run, Conflicts.KEEP_LIVE).kept())
          .singleElement()
          .asString()
          .contains("4 rows of \"public\".\"t\"", "they stay as they are");
      assertThat(db.value(ROWS)).isEqualTo("1mine 4mine 6bad 7mine 100mine 101new 102new");
    }
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      String run = db.restore("t").run();
      db.since(SINCE);
      assertThat(db.undo(run, Conflicts.TAKE_BACKUP).kept()).isEmpty();
      assertThat(db.value(ROWS)).isEqualTo("4bad 5bad 6bad 7mine 100new 101new 102new");
    }
  }

  /// Nobody has changed anything: all policies are the same.
  @ParameterizedTest
  @EnumSource
  void withoutChangesAllPoliciesAreTheSame(Conflicts conflicts) {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      String run = db.restore("t").run();
      assertThat(db.undo(run, conflicts).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// Values that rows had exchanged go back together or not at all.
  @Test
  void exchangedValues() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")) {
      db.since(
          "UPDATE t SET a = 9 WHERE id = 1; UPDATE t SET a = 1 WHERE id = 2; UPDATE t SET a = 2 WHERE id = 1");
      String run = db.restore("t").run();
      db.since("UPDATE t SET a = 8 WHERE id = 1");
      Map<String, String> before = db.fingerprint();
      for (Conflicts conflicts : List.of(Conflicts.FAIL, Conflicts.KEEP_LIVE)) {
        assertThatThrownBy(() -> db.undo(run, conflicts))
            .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
        assertThat(db.difference(before)).isEmpty();
      }
      db.undo(run, Conflicts.TAKE_BACKUP);
      assertThat(db.value("SELECT string_agg(id || '=' || a, ' ' ORDER BY id) FROM t"))
          .isEqualTo("1=2 2=1 3=3");
    }
  }

  /// One table is created and another mended, by the same run.
  @Test
  void rowsOfACreatedTableAreNotLostWithAMendedOne() {
    try (Small db =
        new Small(TABLE + "; CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)")) {
      db.since("DROP TABLE u; DELETE FROM t WHERE id = 1");
      Map<String, String> before = db.fingerprint();
      String run = db.restore("t", "u").run();
      db.since("INSERT INTO u VALUES (2)");
      for (Conflicts conflicts : List.of(Conflicts.FAIL, Conflicts.KEEP_LIVE)) {
        assertThatThrownBy(() -> db.undo(run, conflicts))
            .hasMessageContaining("\"u\" was changed since");
        assertThat(db.value("SELECT count(*) FROM u")).isEqualTo("2");
      }
      db.since("DELETE FROM u WHERE id = 2");
      db.undo(run, Conflicts.FAIL);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void anOlderRunIsNotTakenBackUnderALaterOne() {
    try (Small db = new Small(TABLE).since("DELETE FROM t WHERE id <= 3")) {
      Map<String, String> first = db.fingerprint();
      String older = db.restore("t").run();
      db.since("UPDATE t SET a = 'bad' WHERE id IN (3, 9)");
      Map<String, String> second = db.fingerprint();
      String later = db.restore("t").run();
      Map<String, String> before = db.fingerprint();
      for (Conflicts conflicts : Conflicts.values()) {
        assertThatThrownBy(() -> db.undo(older, conflicts))
            .hasMessageContaining(later)
            .hasMessageContaining("touched the same rows")
            .satisfies(
                e -> assertThat(((PgmendException) e).hint()).contains("pgmend undo " + later));
        assertThat(db.difference(before)).isEmpty();
      }
      db.undo(later, Conflicts.FAIL);
      assertThat(db.difference(second)).isEmpty();
      db.since("UPDATE t SET a = 'a' WHERE id IN (3, 9)");
      db.undo(older, Conflicts.FAIL);
      assertThat(db.difference(first)).isEmpty();
    }
  }

  @Test
  void runsThatHaveTouchedOtherRowsAreTakenBackInAnyOrder() {
    try (Small db = new Small(TABLE).since("DELETE FROM t WHERE id <= 3")) {
      String older = db.restore("t").run();
      db.since("DELETE FROM t WHERE id = 9");
      String later = db.restore("t").run();
      db.undo(older, Conflicts.FAIL);
      assertThat(db.value("SELECT count(*) FROM t")).isEqualTo("17");
      db.undo(later, Conflicts.FAIL);
      assertThat(db.value("SELECT count(*) FROM t")).isEqualTo("16");
    }
  }

  /// All that a restore does before its cutover is done to count, and nothing is left of it.
  @Test
  void countingChangesNothing() {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      UnaryOperator<Request> some =
          request ->
              request
                  .change()
                  .policy(RowPolicyTest.policy(Rows.EXACT, "id <> 1", List.of(), Conflicts.FAIL))
                  .build();
      assertThat(Restores.count(db.archive(), db.target(), some, "t"))
          .containsExactly(new RowChange(new QualifiedName("public", "t"), 2, 3, 3));
      assertThat(db.difference(before)).isEmpty();
      assertThat(Restores.schemas(db.database())).isEmpty();
      db.restore("t");
      assertThat(Restores.count(db.archive(), db.target(), some, "t"))
          .containsExactly(new RowChange(new QualifiedName("public", "t"), 0, 0, 0));
    }
  }

  /// Whoever is asked when the rows are counted may say no.
  @Test
  void theCountsAreToldBeforeAnythingChanges() {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      Progress no =
          new Progress() {
            @Override
            public boolean counted(List<RowChange> changes) {
              assertThat(changes)
                  .containsExactly(new RowChange(new QualifiedName("public", "t"), 3, 3, 3));
              return false;
            }
          };
      assertThatThrownBy(() -> db.restore(no, "t"))
          .hasMessage("not started; the target is unchanged");
      assertThat(db.difference(before)).isEmpty();
      assertThat(Restores.schemas(db.database())).isEmpty();
    }
  }

  /// PostgreSQL attaches the old partition only if its rows have the parents that the partitioned table's foreign key wants.
  @Test
  void orphansOfTheOldPartitionAreNotCalledWrittenSince() {
    try (Small db =
        new Small(
                """
                CREATE TABLE q (id int PRIMARY KEY); INSERT INTO q VALUES (1);
                CREATE TABLE p (a int, q int REFERENCES q) PARTITION BY LIST (a);
                CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); INSERT INTO p VALUES (1, 1);
                """)
            .since("SET session_replication_role = replica; INSERT INTO p1 VALUES (1, 9)")) {
      String run = db.restore(request -> request.with(Mode.SWAP), "p1").run();
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.undo(run, Conflicts.FAIL))
          .hasMessageContaining("rows of the old partition refer to rows that are not there")
          .hasMessageContaining("gone before the restore already")
          .hasMessageContaining("(q)=(9)")
          .satisfies(e -> assertThat(((PgmendException) e).hint()).contains("\"" + run + "_old\""));
      assertThat(db.difference(before)).isEmpty();
      db.since("INSERT INTO q VALUES (9)");
      assertThat(db.undo(run, Conflicts.FAIL).kept()).isEmpty();
      assertThat(db.value("SELECT count(*) FROM p1")).isEqualTo("2");
    }
  }
}
