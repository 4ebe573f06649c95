package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.plan.RowPolicy.Triggers;
import dev.pgmend.testing.Servers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A table is mended while others read and write it.
class BusyTableTest {
  private static final int ROWS = 20_000;
  private static final String TABLE =
      """
      CREATE TABLE t (id int PRIMARY KEY, note text, v int NOT NULL DEFAULT 0);
      CREATE INDEX ON t (note);
      INSERT INTO t SELECT g, 'note ' || g, 0 FROM generate_series(1, %d) g;
      CREATE TABLE k (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE); INSERT INTO k VALUES (1, 7)\
      """
          .formatted(ROWS);

  /// Every hundredth row is lost, every fiftieth garbled.
  private static final String ACCIDENT =
      "DELETE FROM t WHERE id % 100 = 0; UPDATE t SET note = 'garbled' WHERE id % 50 = 1";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void nobodyWaitsLongerThanForAFewRows() throws InterruptedException {
    try (Small db = new Small(TABLE)) {
      // A client that runs for the first time is slower than any server.
      db.since(ACCIDENT).restore(RowPolicyTest.with(RowPolicy.of(Rows.EXACT)), "t");
      db.since(ACCIDENT);
      try (Crowd crowd = new Crowd(db, false)) {
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          crowd.longestWait.set(0);
          db.restore(RowPolicyTest.with(policy(Rows.CHANGED, Conflicts.TAKE_BACKUP)), "t");
          waits.add(crowd.longestWait.get());
          db.since(ACCIDENT);
        }
        crowd.close();
        assertThat(crowd.errors).isEmpty();
        assertThat(crowd.statements.get()).isGreaterThan(100);
        assertThat(crowd.modes)
            .contains("RowExclusiveLock")
            .doesNotContain("AccessExclusiveLock", "ShareLock", "ShareRowExclusiveLock");
        // Of several, for the machine may have other things to do.
        assertThat(Collections.min(waits)).as("milliseconds of %s", waits).isLessThan(100);
      }
    }
  }

  /// Writers count in one column while another is put back, and put lost rows in themselves.
  @ParameterizedTest
  @EnumSource(
      value = Conflicts.class,
      names = {"KEEP_LIVE", "TAKE_BACKUP"})
  void noUpdateIsEverLost(Conflicts conflicts) throws InterruptedException {
    try (Small db = new Small(TABLE).since(ACCIDENT);
        Crowd crowd = new Crowd(db, true)) {
      for (int i = 0; i < 4; i++) {
        db.restore(
            RowPolicyTest.with(RowPolicyTest.policy(Rows.CHANGED, "", List.of("note"), conflicts)),
            "t");
        db.since("UPDATE t SET note = 'garbled' WHERE id % 50 = 1");
      }
      crowd.close();
      assertThat(crowd.errors).isEmpty();
      assertThat(crowd.counted.get()).isPositive();
      assertThat(db.value("SELECT sum(v) FROM t")).isEqualTo(String.valueOf(crowd.counted.get()));
      assertThat(db.value("SELECT count(*) FROM t")).isEqualTo(String.valueOf(ROWS));
    }
  }

  /// A row that someone has put in again himself is there: it is not lost any more.
  @Test
  void whatSomeonePutsInStays() throws InterruptedException {
    try (Small db = new Small(TABLE).since(ACCIDENT);
        Crowd crowd = new Crowd(db, true)) {
      db.restore(RowPolicyTest.with(policy(Rows.MISSING, Conflicts.KEEP_LIVE)), "t");
      crowd.close();
      assertThat(crowd.errors).isEmpty();
      assertThat(db.value("SELECT count(*) FROM t WHERE note = 'mine'"))
          .isEqualTo(String.valueOf(crowd.inserted.get()));
      assertThat(db.value("SELECT sum(v) FROM t")).isEqualTo(String.valueOf(crowd.counted.get()));
      assertThat(db.value("SELECT count(*) FROM t")).isEqualTo(String.valueOf(ROWS));
    }
  }

  private static RowPolicy policy(Rows rows, Conflicts conflicts) {
    return new RowPolicy(rows, "", List.of(), Optional.empty(), conflicts, Triggers.SUPPRESS);
  }

  /// Readers and writers, and one who looks who holds which lock and who waits.
  private static final class Crowd implements AutoCloseable {
    private final Small db;
    private final List<Thread> threads = new ArrayList<>();
    final Queue<SQLException> errors = new ConcurrentLinkedQueue<>();
    final Set<String> modes = new ConcurrentSkipListSet<>();
    final AtomicLong longestWait = new AtomicLong();
    final AtomicInteger statements = new AtomicInteger();
    final AtomicInteger counted = new AtomicInteger();
    final AtomicInteger inserted = new AtomicInteger();
    private volatile boolean stopped;

    /// @param counting whether the writers write the rows that the accident struck
    Crowd(Small db, boolean counting) {
      this.db = db;
      start(this::read);
      start(this::watch);
      for (int i = 0; i < 2; i++) {
        int number = i;
        start(statement -> {
          if (counting) {
            count(statement, number);
          } else {
            write(statement, number);
          }
        });
      }
    }

    private interface Work {
      void with(Statement statement) throws SQLException;
    }

    private void start(Work work) {
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try (Connection connection = db.database().connect();
                    Statement statement = connection.createStatement()) {
                  while (!stopped) {
                    work.with(statement);
                    Thread.sleep(2);
                  }
                } catch (SQLException e) {
                  errors.add(e);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }));
    }

    private void read(Statement statement) throws SQLException {
      statement.execute("SELECT count(*) FROM t WHERE id BETWEEN 100 AND 200");
      statements.incrementAndGet();
    }

    private void write(Statement statement, int number) throws SQLException {
      int n = statements.incrementAndGet();
      statement.execute("INSERT INTO t VALUES (%d, 'new', 0)".formatted(ROWS + 1 + 2 * n + number));
      statement.execute("UPDATE t SET v = v + 1 WHERE id = " + (n % ROWS + 1));
      statement.execute(
          "INSERT INTO k VALUES (%d, %d) ON CONFLICT DO NOTHING"
              .formatted(1000 + 2 * n + number, 51));
    }

    /// Counts in rows that are garbled, and puts every other lost row in.
    private void count(Statement statement, int number) throws SQLException {
      int n = statements.incrementAndGet();
      statement.execute("BEGIN");
      int updates =
          statement.executeUpdate(
              "UPDATE t SET v = v + 1 WHERE id = " + (n % (ROWS / 50) * 50 + 1));
      int inserts =
          n % 3 > 0
              ? 0
              : statement.executeUpdate(
                  "INSERT INTO t VALUES (%d, 'mine', 0) ON CONFLICT DO NOTHING"
                      .formatted((2 * n + number) % (ROWS / 100) * 100 + 100));
      statement.execute("COMMIT");
      counted.addAndGet(updates);
      inserted.addAndGet(inserts);
    }

    private void watch(Statement statement) throws SQLException {
      try (PreparedStatement query =
              statement
                  .getConnection()
                  .prepareStatement(
                      """
                      SELECT l.mode, l.granted, extract(epoch FROM clock_timestamp() - l.waitstart) * 1000 AS waited,
                        a.application_name LIKE 'pgmend%' AND l.relation = 't'::regclass AND l.granted AS held
                      FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted OR l.relation = 't'::regclass
                      """);
          ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          if (rows.getBoolean("held")) {
            modes.add(rows.getString("mode"));
          }
          longestWait.accumulateAndGet(rows.getLong("waited"), Math::max);
        }
      }
    }

    @Override
    public void close() throws InterruptedException {
      stopped = true;
      for (Thread thread : threads) {
        thread.join(20_000);
      }
    }
  }
}
