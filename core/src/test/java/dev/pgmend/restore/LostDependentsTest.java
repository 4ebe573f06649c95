package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.plan.Mode;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What depended on a table that is there and is gone itself comes back with a restore of the table.
class LostDependentsTest {
  private static final String BEFORE =
      """
      CREATE TABLE t (id int PRIMARY KEY, code int UNIQUE, name text);
      INSERT INTO t SELECT g, g * 10, 'n' || g FROM generate_series(1, 9) g;
      CREATE TABLE child (id int PRIMARY KEY, code int REFERENCES t (code) ON DELETE CASCADE);
      INSERT INTO child SELECT g, g * 10 FROM generate_series(1, 9) g;
      CREATE VIEW v AS SELECT id, code FROM t; COMMENT ON VIEW v IS 'mine';
      CREATE VIEW w AS SELECT v.code, c.id FROM v JOIN child c USING (code);
      CREATE MATERIALIZED VIEW m AS SELECT sum(code) AS total FROM t; CREATE INDEX m_i ON m (total);
      CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(code) FROM t; END\
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void aSwapBringsBackWhatFellWithAColumn() {
    try (Scratch db = new Scratch(BEFORE, "ALTER TABLE t DROP COLUMN code CASCADE")) {
      Map<String, String> accident = Fingerprint.of(db.database);
      Outcome outcome = db.restore(request -> request.with(Mode.SWAP), "t");
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Status.DONE);
      db.assertPristine();
      Restores.undo(db.target(), outcome.run(), false);
      Restores.clean(db.target(), outcome.run());
      assertThat(Fingerprint.difference(accident, Fingerprint.of(db.database))).isEmpty();
    }
  }

  @Test
  void aMendBringsBackViewsAndKeysThatWereDropped() {
    try (Scratch db =
        new Scratch(
            BEFORE,
            "DROP VIEW v CASCADE; DROP FUNCTION f; DROP MATERIALIZED VIEW m; ALTER TABLE child DROP CONSTRAINT child_code_fkey; DELETE FROM t WHERE id < 4")) {
      Map<String, String> accident = Fingerprint.of(db.database);
      Outcome outcome = db.restore("t");
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Status.DONE);
      db.assertPristine();
      Restores.undo(db.target(), outcome.run(), false);
      Restores.clean(db.target(), outcome.run());
      assertThat(Fingerprint.difference(accident, Fingerprint.of(db.database))).isEmpty();
    }
  }

  @Test
  void aMendThatWasAskedForLeavesThemAway() {
    try (Scratch db = new Scratch(BEFORE, "DROP VIEW w; DELETE FROM t WHERE id = 3")) {
      Outcome outcome = db.restore(request -> request.with(Mode.MEND), "t", "child");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      assertThat(outcome.notes()).anyMatch(note -> note.contains("\"w\""));
      assertThat(db.database.queryValue("SELECT to_regclass('w')")).isNull();
    }
  }

  @Test
  void whatNeedsSomethingElseThatIsGoneIsNamed() {
    try (Scratch db = new Scratch(BEFORE, "DROP TABLE child CASCADE; DELETE FROM t WHERE id = 3")) {
      assertThatThrownBy(() -> db.restore("t"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("\"w\"");
      assertThat(db.restore("t", "child").status()).isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }

  @Test
  void whatFellWithALostFunctionElsewhereComesBackToo() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1);
            CREATE FUNCTION f() RETURNS int LANGUAGE sql STABLE RETURN (SELECT max(a) FROM t);
            CREATE TABLE o (id int PRIMARY KEY, v int DEFAULT f(), CONSTRAINT o_c CHECK (id > 0 OR f() IS NULL));
            CREATE DOMAIN d AS int CONSTRAINT d_c CHECK (VALUE > f())\
            """,
            "DROP FUNCTION f CASCADE; DELETE FROM t")) {
      Map<String, String> accident = Fingerprint.of(db.database);
      Outcome outcome = db.restore("t");
      db.assertPristine();
      Restores.undo(db.target(), outcome.run(), false);
      Restores.clean(db.target(), outcome.run());
      assertThat(Fingerprint.difference(accident, Fingerprint.of(db.database))).isEmpty();
    }
  }

  @Test
  void aViewThatIsATableTodayIsARefusal() {
    try (Scratch db =
        new Scratch(
            BEFORE, "DROP VIEW v CASCADE; CREATE TABLE v (a int); DELETE FROM t WHERE id = 3")) {
      assertThatThrownBy(() -> db.restore("t"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("something else of that name");
    }
  }

  @Test
  void aMendOfTablesWithANotValidKeyBetweenThemCanBeUndone() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int);
            ALTER TABLE b ADD CONSTRAINT bfk FOREIGN KEY (a) REFERENCES a NOT VALID;
            INSERT INTO a SELECT generate_series(1, 5); INSERT INTO b SELECT i, i FROM generate_series(1, 5) i\
            """,
            "TRUNCATE a CASCADE")) {
      Map<String, String> accident = Fingerprint.of(db.database);
      Outcome outcome = db.restore("a", "b");
      db.assertPristine();
      Restores.undo(db.target(), outcome.run(), false);
      Restores.clean(db.target(), outcome.run());
      assertThat(Fingerprint.difference(accident, Fingerprint.of(db.database))).isEmpty();
    }
  }

  @Test
  void aTypedTableThatIsNoneAnyMoreIsADifference() {
    try (Scratch db =
        new Scratch(
            "CREATE TYPE tt AS (a int, b text); CREATE TABLE t OF tt (PRIMARY KEY (a)); INSERT INTO t VALUES (1, 'x')",
            "ALTER TABLE t NOT OF; DELETE FROM t")) {
      assertThatThrownBy(() -> db.restore("t"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("the backup says OF");
    }
  }
}
