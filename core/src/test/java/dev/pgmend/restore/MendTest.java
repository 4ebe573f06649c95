package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.Request.Orphans;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Mends of small tables whose surroundings make them hard: foreign keys with actions, partitions made since the backup.
class MendTest {
  private static final String PARENT_AND_CHILD =
      """
      CREATE TABLE t (a int PRIMARY KEY, c int UNIQUE);
      INSERT INTO t SELECT g, g FROM generate_series(1, 10) g;
      CREATE TABLE k (id int PRIMARY KEY, ta int REFERENCES t ON DELETE CASCADE, tc int REFERENCES t (c) ON UPDATE SET NULL);
      INSERT INTO k SELECT g, g, g FROM generate_series(1, 10) g\
      """;
  private static final String PARTITIONED =
      """
      CREATE TABLE r (id int, d int, x text, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
      CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);
      CREATE TABLE rest PARTITION OF r DEFAULT;
      INSERT INTO r SELECT g, g % 25, 'x' FROM generate_series(1, 100) g\
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void changingAReferencedValueReachesIntoNoOtherTable() {
    try (Small db = new Small(PARENT_AND_CHILD).since(RENUMBERED)) {
      Map<String, String> before = db.fingerprint();
      assertRefused(() -> db.restore("t"))
          .hasMessageContaining("3 rows")
          .hasMessageContaining("k_tc_fkey");
      assertThat(db.difference(before)).isEmpty();
    }
  }

  private static final String RENUMBERED =
      """
      SET session_replication_role = replica;
      UPDATE t SET c = c + 1000 WHERE a < 4; UPDATE k SET tc = tc + 1000 WHERE id < 4\
      """;

  @Test
  void tablesThatAllowNoOrderAreMendedTogether() {
    try (Small db = new Small(PARENT_AND_CHILD)) {
      Map<String, String> pristine = db.fingerprint();
      db.since(RENUMBERED)
          .since("INSERT INTO t VALUES (500, 500); INSERT INTO k VALUES (500, 500, 500)")
          .since(
              "UPDATE k SET ta = 500 WHERE id = 7; DELETE FROM k WHERE id = 9; DELETE FROM t WHERE a = 9");
      Map<String, String> before = db.fingerprint();
      Outcome outcome = db.restore("k", "t");
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void newerRowsOfATableThatRefersToItselfGoTogether() {
    try (Small db =
        new Small(
            """
            CREATE TABLE t (a int PRIMARY KEY, p int REFERENCES t ON DELETE CASCADE);
            INSERT INTO t SELECT g, nullif(g / 2, 0) FROM generate_series(1, 10) g\
            """)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("INSERT INTO t VALUES (100, 1), (101, 100); UPDATE t SET p = 100 WHERE a = 5");
      Map<String, String> before = db.fingerprint();
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.undo(false).open()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void exchangedUniqueValuesAreExchangedBackThoughOthersReferToTheRows() {
    try (Small db = new Small(PARENT_AND_CHILD)) {
      Map<String, String> pristine = db.fingerprint();
      db.since(
          "SET session_replication_role = replica; UPDATE t SET c = -c; UPDATE t SET c = -c % 10 + 1");
      Map<String, String> before = db.fingerprint();
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void aForeignKeyLeftNotValidIsValidAfterTheUndo() {
    try (Small db = new Small(PARENT_AND_CHILD)) {
      db.since("DELETE FROM t WHERE a = 3; DELETE FROM k WHERE ta IS NULL");
      Map<String, String> before = db.fingerprint();
      assertRefused(() -> db.restore("k"))
          .hasMessageContaining("1 rows")
          .hasMessageContaining("(3)");
      Outcome outcome = db.restore(request -> request.with(Orphans.NOT_VALID), "k");
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Status.DONE);
      assertThat(db.value("SELECT count(*) FROM k")).isEqualTo("10");
      assertThat(
              db.value(
                  "SELECT string_agg(conname, ' ' ORDER BY 1) FROM pg_constraint WHERE NOT convalidated"))
          .isEqualTo("k_ta_fkey k_tc_fkey");
      try (Runs runs = Runs.open(db.target())) {
        assertThat(runs.list().getFirst().notValid())
            .hasSize(2)
            .anySatisfy(text -> assertThat(text).contains("k_ta_fkey"));
      }
      assertThat(db.undo(false).open()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void anUndoRefusesToTakeAwayWhatNewRowsReferTo() {
    try (Small db = new Small(PARENT_AND_CHILD).since("DELETE FROM k; DELETE FROM t WHERE a < 5")) {
      db.restore("t");
      db.since("INSERT INTO k VALUES (1, 1, 6), (2, 7, 2)");
      Map<String, String> restored = db.fingerprint();
      assertRefused(() -> db.undo(false))
          .hasMessageContaining("1 rows")
          .hasMessageContaining("k_ta_fkey");
      assertThat(db.difference(restored)).isEmpty();
      var undone = db.undo(true);
      assertThat(undone.kept()).hasSize(2);
      assertThat(undone.open()).hasSize(2);
      assertThat(db.value("SELECT count(*) FROM k")).isEqualTo("2");
      assertThat(db.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
          .isEqualTo("2");
    }
  }

  @Test
  void anUndoThatDiscardsNewerChangesPutsTouchedRowsBackAsTheyWere() {
    try (Small db =
        new Small(
            "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 10) g")) {
      db.since(
          "DELETE FROM t WHERE a < 5; UPDATE t SET b = 'accident' WHERE a IN (6, 7); INSERT INTO t VALUES (50, 'newer')");
      Map<String, String> before = db.fingerprint();
      db.restore("t");
      db.since(
          "UPDATE t SET b = 'later' WHERE a IN (1, 6); DELETE FROM t WHERE a IN (2, 7); INSERT INTO t VALUES (50, 'again')");
      Map<String, String> changed = db.fingerprint();
      assertRefused(() -> db.undo(false)).hasMessageContaining("changed by someone since");
      assertThat(db.difference(changed)).isEmpty();
      assertThat(db.undo(true).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void anUndoNamesWhatWasBuiltOnTheTableSince() {
    try (Small db = new Small(PARENT_AND_CHILD).since("DROP TABLE t CASCADE")) {
      db.restore("t");
      db.since("CREATE VIEW late AS SELECT a FROM t");
      Map<String, String> before = db.fingerprint();
      assertRefused(() -> db.undo(true))
          .hasMessageContaining("view public.late")
          .satisfies(e -> assertThat(((PgmendException) e).hint()).doesNotContain("CASCADE"));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void anUndoWithoutANameNeverTakesAnOlderRun() {
    try (Small db = new Small(PARENT_AND_CHILD)) {
      db.since("DELETE FROM k WHERE id = 1").restore("k");
      db.since("DELETE FROM k WHERE id = 2").restore("k");
      db.undo(false);
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.undo(false))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("is undone already")
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.USAGE));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void rowsOfAPartitionThatTheBackupDoesNotKnowAreNewer() {
    try (Small db = new Small(PARTITIONED)) {
      String pristine = db.value("SELECT md5(string_agg(r::text, ' ' ORDER BY id)) FROM r");
      // Rows that the default partition had are in another one now.
      db.since(
          """
          CREATE TABLE moved AS SELECT * FROM rest WHERE d > 20; DELETE FROM rest WHERE d > 20;
          CREATE TABLE r3 PARTITION OF r FOR VALUES FROM (21) TO (40); INSERT INTO r SELECT * FROM moved; DROP TABLE moved;
          INSERT INTO r VALUES (1000, 35, 'newer'); DELETE FROM r WHERE id < 25\
          """);
      Map<String, String> before = db.fingerprint();
      assertRefused(() -> db.restore("r")).hasMessageContaining("r3");
      assertRefused(() -> db.restore(MendTest::lostRows, "r"))
          .hasMessageContaining("1 row that the backup does not have");
      assertThat(db.difference(before)).isEmpty();
      Outcome outcome = db.restore(request -> request.with(Mode.MEND), "r");
      assertThat(outcome.notes()).anySatisfy(note -> assertThat(note).contains("r3"));
      assertThat(db.value("SELECT md5(string_agg(r::text, ' ' ORDER BY id)) FROM r"))
          .isEqualTo(pristine);
      assertThat(db.value("SELECT count(*) FROM r3")).isEqualTo("16");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void childrenThatTheBackupDoesNotKnowAreNamed() {
    try (Small db =
        new Small("CREATE TABLE p (a int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 9)")
            .since(
                "CREATE TABLE nc () INHERITS (p); INSERT INTO nc VALUES (99); DELETE FROM ONLY p WHERE a = 3")) {
      assertThat(db.plan(request -> request, "p").refusals())
          .extracting(Refusal::code)
          .containsExactly("children");
      Outcome outcome = db.restore(MendTest::lostRows, "p");
      assertThat(outcome.notes()).anySatisfy(note -> assertThat(note).contains("nc"));
      assertThat(db.value("SELECT count(*) FROM p")).isEqualTo("10");
    }
  }

  @Test
  void partitionsComeBeforeWhatRefersToTheirTable() {
    try (Small db =
        new Small(
            PARTITIONED
                + ";CREATE TABLE o (id int PRIMARY KEY, rid int, rd int, FOREIGN KEY (rid, rd) REFERENCES r);"
                + "INSERT INTO o SELECT id, id, d FROM r")) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DELETE FROM o WHERE id < 50; DELETE FROM r WHERE id < 50");
      assertThat(db.restore("o", "r1", "rest").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  @Test
  void aTableCreatedAndATableMendedInOnePlanFindEachOthersRows() {
    try (Small db = new Small(PARENT_AND_CHILD)) {
      Map<String, String> pristine = db.fingerprint();
      db.since(
          "DROP TABLE t CASCADE; INSERT INTO k VALUES (77, 77, 77); DELETE FROM k WHERE id = 1");
      assertThat(db.restore("k", "t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  private static Request lostRows(Request request) {
    return request.change().policy(RowPolicy.of(RowPolicy.Rows.UNDECIDED)).build();
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOf(PgmendException.class)
        .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
  }

  @Test
  void aForeignKeyThatNobodyCanCheckIsNamedWithTheGrant() {
    try (Small db =
        new Small(
            """
            CREATE ROLE mend_shut; CREATE SCHEMA shut; CREATE TABLE shut.parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES shut.parent);
            INSERT INTO shut.parent VALUES (1); INSERT INTO child VALUES (1, 1), (2, 1); ALTER TABLE shut.parent OWNER TO mend_shut\
            """)) {
      try {
        db.since("DELETE FROM child WHERE id = 2");
        assertThatThrownBy(() -> db.restore("child"))
            .isInstanceOfSatisfying(
                PgmendException.class,
                failure -> {
                  assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
                  assertThat(failure.hint()).isEqualTo("GRANT USAGE ON SCHEMA shut TO mend_shut;");
                });
        db.since("GRANT USAGE ON SCHEMA shut TO mend_shut");
        assertThat(db.restore("child").status()).isEqualTo(Status.DONE);
        assertThat(db.value("SELECT count(*) FROM child")).isEqualTo("2");
      } finally {
        db.since("DROP OWNED BY mend_shut CASCADE; DROP ROLE mend_shut");
      }
    }
  }
}
