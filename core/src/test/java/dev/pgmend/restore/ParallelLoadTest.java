package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.load.Effort;
import dev.pgmend.load.Effort.Verify;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.Step;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Servers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One table goes over several connections, and what is there in the end is the same.
class ParallelLoadTest {
  /// 28 MB of rows, of which one is longer than any buffer.
  private static final String TABLE =
      """
      CREATE TABLE parent (id int PRIMARY KEY);
      INSERT INTO parent SELECT generate_series(0, 99);
      CREATE TABLE t (id bigint PRIMARY KEY, parent int NOT NULL REFERENCES parent, u text UNIQUE, note text);
      INSERT INTO t SELECT g, g % 100, 'u' || g, repeat(md5(g::text), 8) FROM generate_series(1, 100000) g;
      INSERT INTO t SELECT 0, 0, 'long', repeat('x', 1500000);
      CREATE INDEX t_parent ON t (parent);
      CREATE INDEX t_both ON t (parent, id);
      CREATE INDEX t_note ON t ("left"(note, 20));
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  private static Outcome restore(Small db, Effort effort, UnaryOperator<Request> choices) {
    try (Archive archive = Archive.open(db.archive());
        TableRestore restore = TableRestore.open(archive, db.target()).with(effort)) {
      return restore.run(restore.plan(Restores.request(archive, choices, "t")), Progress.NONE);
    }
  }

  private static Outcome restore(Small db, Effort effort) {
    return restore(db, effort, UnaryOperator.identity());
  }

  private static Effort jobs(int jobs) {
    return new Effort(jobs, Verify.FULL, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4})
  void aTableComesBackOverSoManyConnections(int jobs) {
    try (Small db = new Small(TABLE)) {
      Map<String, String> before = db.fingerprint();
      db.since("DROP TABLE t");
      Outcome outcome = restore(db, jobs(jobs));
      assertThat(outcome.proofs()).allMatch(proof -> proof.hashed() && proof.rows() == 100_001);
      Restores.clean(db.target(), outcome.run());
      assertThat(db.difference(before)).isEmpty();
      assertThat(Integer.parseInt(db.value("SELECT count(DISTINCT xmin::text) FROM t")))
          .isBetween(Math.min(jobs, 2), jobs);
      assertThat(db.value("SELECT reloptions IS NULL FROM pg_class WHERE relname = 't'"))
          .startsWith("t");
    }
  }

  @Test
  void oneConnectionLeavesFrozenRows() {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      restore(db, jobs(1));
      assertThat(db.value("SELECT relallvisible = relpages FROM pg_class WHERE relname = 't'"))
          .startsWith("t");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"SWAP", "MEND"})
  void whatIsThereIsPutRight(Mode mode) {
    try (Small db = new Small(TABLE)) {
      Map<String, String> before = db.fingerprint();
      db.since("DELETE FROM t WHERE id % 3 = 0; UPDATE t SET note = 'gone' WHERE id % 3 = 1");
      Outcome outcome = restore(db, jobs(4), request -> request.with(mode));
      Restores.clean(db.target(), outcome.run());
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void partitionsAreBuiltAtOnce() {
    try (Small db =
        new Small(
            """
            CREATE TABLE t (id int, k int, note text, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
            CREATE TABLE p1 PARTITION OF t FOR VALUES IN (1);
            CREATE TABLE p2 PARTITION OF t FOR VALUES IN (2);
            CREATE TABLE p3 PARTITION OF t FOR VALUES IN (3) WITH (autovacuum_enabled = off);
            INSERT INTO t SELECT g, 1 + g % 3, repeat(md5(g::text), 4) FROM generate_series(1, 90000) g;
            CREATE INDEX t_note ON t (note);
            CREATE INDEX t_id ON t (id);
            """)) {
      db.since("DROP TABLE t");
      Restores.clean(db.target(), restore(db, jobs(1)).run());
      Map<String, String> oneByOne = db.fingerprint();
      db.since("DROP TABLE t");
      Restores.clean(db.target(), restore(db, jobs(4)).run());
      assertThat(db.difference(oneByOne)).isEmpty();
    }
  }

  @Test
  void aFunctionThatNeedsTheSearchPathIsGivenIt() {
    try (Small db =
        new Small(
            """
            CREATE FUNCTION inner_ok(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
            CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN inner_ok($1); END';
            CREATE TABLE t (id int CHECK (ok(id)));
            INSERT INTO t SELECT generate_series(1, 1000);
            """)) {
      Map<String, String> before = db.fingerprint();
      db.since("DROP TABLE t");
      Outcome outcome = restore(db, jobs(4));
      assertThat(outcome.notes()).anyMatch(note -> note.contains("search_path"));
      Restores.clean(db.target(), outcome.run());
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void countedRowsAreNotProvedAndChangesAreSeenAllTheSame() {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      Outcome outcome = restore(db, new Effort(2, Verify.COUNTS, 0));
      assertThat(outcome.proofs()).allMatch(proof -> !proof.hashed() && proof.rows() == 100_001);
      db.since("VACUUM FREEZE t");
      db.since("UPDATE t SET note = 'new' WHERE id = 7");
      assertThatThrownBy(() -> Restores.undo(db.target(), outcome.run(), false))
          .isInstanceOfSatisfying(
              PgmendException.class, refused -> assertThat(refused.kind()).isEqualTo(Kind.REFUSED))
          .hasMessageContaining("was changed since it was restored");
    }
  }

  @Test
  void countedRowsThatNobodyHasChangedCanBeTakenBack() {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      Map<String, String> before = db.fingerprint();
      Outcome outcome = restore(db, new Effort(1, Verify.COUNTS, 0));
      db.since("VACUUM FREEZE t");
      assertThat(Restores.undo(db.target(), outcome.run(), false)).isEmpty();
      Restores.clean(db.target(), outcome.run());
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void noMoreGoesInASecondThanWasSaid() {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      long begun = System.nanoTime();
      restore(db, new Effort(2, Verify.COUNTS, 14 << 20));
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThan(Duration.ofMillis(1800));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"load", "build", "verify"})
  void anInterruptionStopsAllConnectionsAndLeavesNothing(String phase) throws InterruptedException {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      Map<String, String> before = db.fingerprint();
      AtomicLong asked = new AtomicLong();
      AtomicReference<Thread> asking = new AtomicReference<>();
      Effort slow = new Effort(4, Verify.FULL, 8 << 20);
      try (Archive archive = Archive.open(db.archive());
          TableRestore restore = TableRestore.open(archive, db.target()).with(slow)) {
        Plan plan = restore.plan(Restores.request(archive, UnaryOperator.identity(), "t"));
        Progress progress =
            new Progress() {
              private String now = "";

              @Override
              public void phase(String name) {
                now = name;
              }

              @Override
              public void step(Step step) {
                if (now.equals(phase) && asking.get() == null) {
                  asking.set(
                      Thread.ofPlatform()
                          .start(() -> {
                            asked.set(System.nanoTime());
                            restore.interrupt();
                          }));
                }
              }
            };
        assertThatThrownBy(() -> restore.run(plan, progress))
            .isInstanceOfSatisfying(
                PgmendException.class,
                stopped -> assertThat(stopped.kind()).isEqualTo(Kind.INTERRUPTED))
            .hasMessageContaining("the target is unchanged");
        assertThat(Duration.ofNanos(System.nanoTime() - asked.get()))
            .isLessThan(Duration.ofSeconds(3));
        asking.get().join();
      }
      assertThat(Restores.schemas(db.database())).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }
}
