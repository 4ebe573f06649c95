package dev.pgmend.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.cli.Program.Run;
import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.postgres.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A standby that replays, and soon ends whoever is in the way of that, is the source: what it takes away from a command is read again.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class StandbyIT {
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql/15/bin");
  private static final int ROWS = 150_000;

  /// So that the server is at it for seconds, although nearly half of the rows are sent at once, into buffers.
  private static final String SLOW = "6MB/s";

  @TempDir private static Path directory = Path.of("");
  private EmbeddedServer primary;
  private EmbeddedServer standby;

  @BeforeAll
  void start() {
    assumeTrue(Files.isExecutable(DEBIAN.resolve("pg_basebackup")), "pg_basebackup is needed");
    primary = EmbeddedServer.startFrom(DEBIAN, Map.of("autovacuum", "off"));
    standby =
        EmbeddedServer.startStandby(
            primary, DEBIAN, Map.of("max_standby_streaming_delay", "100ms"));
  }

  @AfterAll
  void stop() {
    if (standby != null) {
      standby.close();
    }
    if (primary != null) {
      primary.close();
    }
  }

  @BeforeEach
  void createTables() {
    onPrimary(
        "postgres",
        "DROP DATABASE IF EXISTS shop WITH (FORCE)",
        "DROP DATABASE IF EXISTS target WITH (FORCE)",
        "CREATE DATABASE shop",
        "CREATE DATABASE target");
    onPrimary(
        "shop",
        "CREATE TABLE orders (id int PRIMARY KEY, note text)",
        "INSERT INTO orders SELECT g, repeat(md5(g::text), 6) FROM generate_series(1, %d) g"
            .formatted(ROWS));
    awaitReplay();
  }

  private void onPrimary(String database, String... statements) {
    Postgres.execute(primary, database, statements);
  }

  private void awaitReplay() {
    String sent = Postgres.value(primary, "postgres", "pg_current_wal_lsn()");
    Postgres.await(standby, "pg_last_wal_replay_lsn() >= '%s'".formatted(sent));
  }

  private List<String> restoring(String... further) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "restore",
                "orders",
                "--yes",
                "--verify",
                "counts",
                "--from",
                standby.uri("shop"),
                "--to",
                primary.uri("target")));
    arguments.addAll(List.of(further));
    return arguments;
  }

  private Run restore(String... further) throws Exception {
    return Program.pgmend(restoring(further).toArray(String[]::new));
  }

  /// Does something on the primary as soon as rows are read from the standby.
  private Thread whenReading(String... statements) {
    return Thread.ofPlatform()
        .start(() -> {
          Postgres.await(
              standby,
              "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgmend' AND query LIKE 'COPY %orders%')");
          onPrimary("shop", statements);
        });
  }

  /// Keeps taking away row versions of the table.
  private final class Unrest implements AutoCloseable {
    private volatile boolean closed;
    private final Thread thread = Thread.ofPlatform().start(this::changeAndChange);

    private void changeAndChange() {
      while (!closed) {
        onPrimary("shop", "UPDATE orders SET note = note WHERE id < 50", "VACUUM orders");
        Postgres.pause(100);
      }
    }

    @Override
    public void close() {
      closed = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Takes away row versions that the snapshot needs.
        "DELETE FROM orders WHERE id <= 1000; VACUUM orders",
        // Takes a lock that the reading is in the way of.
        "ALTER TABLE orders ADD COLUMN more int DEFAULT 7; DELETE FROM orders WHERE id <= 1000"
      })
  void rowsThatReplayTakesAwayAreReadAgain(String change) throws Exception {
    Thread changing = whenReading(change.split("; "));
    Run run = restore("--rate", SLOW);
    changing.join();
    assertThat(run.output())
        .contains("NOTE: ")
        .contains("conflict with recovery", "; trying again in 2 s, with a new snapshot")
        .contains("the backup's 149000 rows");
    assertThat(run.exitCode()).isZero();
    String sum = "SELECT count(*) || md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o";
    assertThat(Postgres.value(primary, "target", sum))
        .isEqualTo(Postgres.value(primary, "shop", sum));
  }

  @Test
  void aStandbyThatNeverLetsReadIsExplained() throws Exception {
    Path report = directory.resolve("report.json");
    Run run;
    try (Unrest _ = new Unrest()) {
      run = restore("--rate", SLOW, "--report", report.toString());
    }
    assertThat(run.output())
        .contains("trying again in 2 s", "trying again in 5 s", "trying again in 15 s")
        .contains("pgmend: " + standby.uri("shop") + ": cannot read ")
        .contains("HINT: It is a standby")
        .contains("hot_standby_feedback = on", "max_standby_streaming_delay")
        .contains("pg_wal_replay_pause()")
        .contains("STATE: the target is unchanged");
    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(report).content().contains("conflict with recovery");
    assertThat(Postgres.value(primary, "target", "to_regclass('orders') IS NULL"))
        .isEqualTo("true");
    Postgres.assertNothingIsLeft(primary, "target");
    Postgres.assertNothingIsLeft(standby, "target");
  }

  @Test
  void waitingToReadAgainStopsAtASignal() throws Exception {
    try (Unrest _ = new Unrest();
        Signalled program = Signalled.start(directory, restoring("--rate", SLOW))) {
      program.awaitSaid("trying again in 5 s");
      Signalled.End end = program.end("INT", true);
      assertThat(end.errors())
          .contains("interrupted before the source was read again; the target is unchanged");
      assertThat(end.exitCode()).isEqualTo(130);
      assertThat(end.took()).isLessThan(Duration.ofSeconds(2));
    }
    Postgres.assertNothingIsLeft(primary, "target");
  }

  @Test
  void aStandbyWhoseReplayIsPausedIsReadInPeace() throws Exception {
    try (Session session = Postgres.session(standby, "postgres")) {
      session.query("SELECT pg_wal_replay_pause()", _ -> true);
      onPrimary("shop", "DELETE FROM orders WHERE id <= 1000", "VACUUM orders");
      Run run = restore("--read-only-check");
      assertThat(run.output())
          .contains("the backup's 150000 rows")
          .contains("nothing was written there")
          .doesNotContain("trying again");
      assertThat(run.exitCode()).isZero();
    } finally {
      try (Session session = Postgres.session(standby, "postgres")) {
        session.query("SELECT pg_wal_replay_resume()", _ -> true);
      }
      awaitReplay();
    }
  }
}
