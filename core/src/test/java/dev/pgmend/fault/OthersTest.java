package dev.pgmend.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.restore.Fingerprint;
import dev.pgmend.restore.Runs;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Others use the database meanwhile: what they change is never taken back without a word, whom pgmend waits for is named, and the
/// wait has an end.
@TestInstance(Lifecycle.PER_CLASS)
class OthersTest {
  private World world;

  @BeforeAll
  void createWorld() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    world = new World(Scene.CREATE, Scene.SWAP, Scene.MEND);
  }

  @AfterAll
  void closeWorld() {
    if (world != null) {
      world.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      textBlock =
          """
          SWAP | table "app"."orders" has gone | DROP TABLE app.orders CASCADE
          MEND | table "app"."orders" has gone | DROP TABLE app.orders CASCADE
          SWAP | table app.orders | ALTER TABLE app.orders ADD paid boolean DEFAULT true
          MEND | table app.orders | ALTER TABLE app.orders ADD paid boolean DEFAULT true
          MEND | table app.orders | ALTER TABLE app.orders DROP note
          SWAP | table app.orders | GRANT UPDATE ON app.orders TO pg_monitor
          SWAP | table app.orders | ALTER TABLE app.orders ALTER amount SET DEFAULT 7
          SWAP | index app.orders_note | CREATE INDEX orders_note ON app.orders (note)
          SWAP | trigger late | CREATE TRIGGER late BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.stamp()
          MEND | trigger late | CREATE TRIGGER late BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.stamp()
          MEND | constraint later_id_fkey | CREATE TABLE app.later (id int REFERENCES app.orders ON DELETE CASCADE)
          SWAP | view app.order_total | CREATE OR REPLACE VIEW app.order_total AS SELECT o.id, o.customer_id, 0::bigint AS lines FROM app.orders o
          SWAP | view app.later | CREATE VIEW app.later AS SELECT id FROM app.orders
          SWAP | policy cheap | ALTER POLICY cheap ON app.orders USING (amount < 1)
          CREATE | table app.orders | CREATE TABLE app.orders (id int)
          """)
  void whatIsDefinedMeanwhileEndsTheRun(Scene scene, String named, String sql) {
    try (Database database = world.copy(scene)) {
      refused(
              () ->
                  restore(database, scene, at("cutover", () -> database.execute(World.OWNER, sql))),
              Kind.MISMATCH)
          .withMessageContaining(named)
          .withMessageContaining("the target is unchanged");
      try (Database other = world.copy(scene)) {
        other.execute(World.OWNER, sql);
        assertThat(Fingerprint.difference(Fingerprint.of(other), Fingerprint.of(database)))
            .isEmpty();
      }
      assertNothingLeft(database);
    }
  }

  @ParameterizedTest
  @CsvSource({"SWAP, build", "MEND, verify"})
  void aTableThatIsDroppedBeforeItIsLockedIsMissed(Scene scene, String phase) {
    try (Database database = world.copy(scene)) {
      refused(
              () ->
                  restore(
                      database,
                      scene,
                      at(phase, () -> database.execute("DROP TABLE app.orders CASCADE"))),
              Kind.MISMATCH)
          .withMessageContaining("app")
          .withMessageContaining("has gone");
      assertNothingLeft(database);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scene.class,
      names = {"SWAP", "MEND"})
  void maintenanceMeanwhileDoesNotMatter(Scene scene) {
    try (Database database = world.copy(scene)) {
      restore(
          database,
          scene,
          at(
              "verify",
              () -> {
                database.execute("VACUUM FULL app.orders");
                database.execute("VACUUM ANALYZE");
                database.execute("REINDEX TABLE app.orders");
              }));
      assertThat(Fingerprint.difference(world.restored(scene), Fingerprint.of(database))).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Scene.class,
      names = {"CREATE", "SWAP", "MEND"})
  void theSecondOfTwoRunsRefusesAndNamesTheFirst(Scene scene) {
    try (Database database = world.copy(scene)) {
      Outcome first =
          restore(
              database,
              scene,
              at(
                  "verify",
                  () -> {
                    String run = theRun(database);
                    refused(() -> restore(database, scene, Progress.NONE), Kind.REFUSED)
                        .withMessageContaining(
                            "table \"app\".\"orders\" is being worked on by run " + run);
                    try (Runs runs = Runs.open(world.target(database))) {
                      Journal journal = runs.find(Optional.empty(), RunState.STAGED);
                      assertThat(runs.worker(journal.summary()))
                          .hasValueSatisfying(who -> assertThat(who).contains(run, World.OWNER));
                      refused(() -> runs.clean(journal), Kind.REFUSED).withMessageContaining(run);
                    }
                  }));
      assertThat(first.status()).isEqualTo(Outcome.Status.DONE);
      assertThat(Fingerprint.difference(world.restored(scene), Fingerprint.of(database))).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SWAP   | SELECT count(*) FROM app.orders
          SWAP   | SELECT count(*) FROM app.order_total
          SWAP   | LOCK TABLE app.line IN ROW EXCLUSIVE MODE
          SWAP   | LOCK TABLE app.customer IN ROW EXCLUSIVE MODE
          MEND   | LOCK TABLE app.orders IN ROW EXCLUSIVE MODE
          CREATE | LOCK TABLE app.line IN ROW EXCLUSIVE MODE
          CREATE | LOCK TABLE app.customer IN ROW EXCLUSIVE MODE
          """)
  void whomItWaitsForIsNamedAndTheWaitHasAnEnd(Scene scene, String query) throws SQLException {
    try (Database database = world.copy(scene)) {
      try (Connection other = database.connect(World.OWNER)) {
        other.setAutoCommit(false);
        other.createStatement().execute(query);
        int pid = other.unwrap(org.postgresql.PGConnection.class).getBackendPID();
        long start = System.nanoTime();
        refused(
                () -> restore(database, scene.request(Duration.ofSeconds(2)), Progress.NONE),
                Kind.LOCKED)
            .withMessageContaining("process %d (user %s".formatted(pid, World.OWNER))
            .withMessageContaining(query)
            .withMessageContaining("the target is unchanged");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        other.rollback();
      }
      assertThat(Fingerprint.difference(world.before(scene), Fingerprint.of(database))).isEmpty();
      assertNothingLeft(database);
      assertThat(restore(database, scene, Progress.NONE).status()).isEqualTo(Outcome.Status.DONE);
    }
  }

  @Test
  void aLockThatIsReleasedInTimeIsWaitedFor() throws SQLException {
    try (Database database = world.copy(Scene.SWAP);
        Connection other = database.connect(World.OWNER)) {
      other.setAutoCommit(false);
      other.createStatement().execute("SELECT count(*) FROM app.orders");
      Thread.ofVirtual()
          .start(() -> {
            Injection.pause(2500);
            try {
              other.rollback();
            } catch (SQLException e) {
              throw new AssertionError(e);
            }
          });
      assertThat(restore(database, Scene.SWAP, Progress.NONE).status())
          .isEqualTo(Outcome.Status.DONE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SWAP, false",
    "SWAP, true",
    "MEND, false",
    "MEND, true",
    "CREATE, false",
    "CREATE, true"
  })
  void writersAroundItSeeNoErrorAndLoseNothing(Scene scene, boolean backwards) {
    boolean orders = scene != Scene.CREATE;
    try (Database database = world.copy(scene)) {
      String baseLine = "SELECT count(*) FROM app.line";
      String baseName = "SELECT sum(length(name)) FROM app.customer";
      long lines = database.queryLong(baseLine);
      long names = database.queryLong(baseName);
      database.execute(
          "CREATE TABLE app.base AS SELECT id, i % 977 + 0.50 AS amount FROM generate_series(1, 3000) i, LATERAL (SELECT i AS id) x");
      var writers = new Writers(database, orders, backwards);
      try (writers) {
        Injection.pause(500);
        int before = writers.commits();
        Request busy = scene.request().change().policy(overTheirs()).build();
        Outcome outcome =
            restore(database, scene == Scene.MEND ? busy : scene.request(), Progress.NONE);
        assertThat(outcome.status()).isEqualTo(Outcome.Status.DONE);
        assertThat(before).isPositive();
        int after = writers.commits();
        Injection.pause(500);
        assertThat(writers.commits()).isGreaterThan(after);
      }
      assertThat(writers.errors()).isEmpty();
      assertThat(database.queryLong(baseLine) - lines).isEqualTo(writers.commits());
      assertThat(database.queryLong(baseName) - names).isEqualTo(writers.commits());
      if (orders) {
        // What was raised before the cutover is in what the run keeps, what was raised after it is
        // in the table.
        String kept =
            String.valueOf(
                database.queryValue(
                    """
                    SELECT min(c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname ~ '^pgmend' AND c.relkind = 'r' AND (c.relname ~ '^gone' OR c.relname = 'orders')
                    """));
        assertThat(
                database.queryLong(
                    """
                    SELECT (SELECT sum(o.amount - b.amount) FROM app.orders o JOIN app.base b USING (id))::bigint
                      + (SELECT coalesce(sum(o.amount - b.amount), 0) FROM %s o JOIN app.base b USING (id) WHERE id BETWEEN 500 AND 1500)::bigint
                    """
                        .formatted(kept)))
            .as(kept)
            .isEqualTo(writers.commits());
      }
    }
  }

  private static RowPolicy overTheirs() {
    RowPolicy exact = RowPolicy.EXACT;
    return new RowPolicy(
        exact.rows(),
        exact.where(),
        exact.columns(),
        exact.limit(),
        RowPolicy.Conflicts.TAKE_BACKUP,
        exact.triggers());
  }

  private Outcome restore(Database database, Scene scene, Progress progress) {
    return restore(database, scene.request(), progress);
  }

  private Outcome restore(Database database, Request request, Progress progress) {
    try (Archive archive = Archive.open(world.archive());
        TableRestore restore = TableRestore.open(archive, world.target(database))) {
      return restore.run(restore.plan(request), progress);
    }
  }

  private static Progress at(String phase, Runnable action) {
    return new Progress() {
      @Override
      public void phase(String name) {
        if (name.equals(phase)) {
          action.run();
        }
      }
    };
  }

  private static ThrowableAssertAlternative<PgmendException> refused(
      ThrowingCallable action, Kind kind) {
    return Assertions.assertThatExceptionOfType(PgmendException.class)
        .isThrownBy(action)
        .satisfies(e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  private static String theRun(Database database) {
    return String.valueOf(
        database.queryValue("SELECT min(nspname) FROM pg_namespace WHERE nspname ~ '^pgmend'"));
  }

  private static void assertNothingLeft(Database database) {
    assertThat(database.query("SELECT nspname FROM pg_namespace WHERE nspname ~ '^pgmend'"))
        .isEmpty();
    assertThat(
            database.query(
                "SELECT * FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
        .isEmpty();
  }
}
