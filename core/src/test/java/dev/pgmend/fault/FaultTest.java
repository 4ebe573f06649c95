package dev.pgmend.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Fingerprint;
import dev.pgmend.restore.Runs;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// pgmend is killed, the server crashes, the connection breaks or hangs, at step boundaries, within steps and at COMMITs, in every
/// mode: the database is then the old one or the new one, pgmend knows which, and can go on, go back or clean up.
///
/// 60 faults, 300 with Maven's profile `full`; which ones is decided by `pgmend.seed`.
@TestInstance(Lifecycle.PER_CLASS)
class FaultTest {
  private static final long SEED =
      Long.getLong("pgmend.seed", ThreadLocalRandom.current().nextInt(1_000_000));
  private static final int COUNT =
      Integer.getInteger("pgmend.faults", Boolean.getBoolean("pgmend.full") ? 300 : 60);

  private static final String SCHEMAS =
      "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^pgmend'";

  private final Map<String, Integer> figures = new TreeMap<>();
  private World world;
  private Child next;

  @BeforeAll
  void createWorld() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    world = new World(Scene.values());
    next = new Child();
  }

  @AfterAll
  void closeWorld() {
    if (world != null) {
      next.close();
      world.close();
      figures.forEach((what, count) -> System.out.printf("%5d %s%n", count, what));
    }
  }

  Stream<Fault> faults() {
    System.out.printf(
        "%d faults, -Dpgmend.seed=%d; without faults: %s%n", COUNT, SEED, world.courses());
    return Fault.choose(world.courses(), COUNT, SEED).stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void leavesTheOldOrTheNewDatabase(Fault fault) {
    try (Database database = world.copy(fault.scene())) {
      var injection = new Injection(world, fault, next);
      String said = run(injection, database, fault);
      count("%s: injected".formatted(fault.kind()));
      if (!injection.happened()) {
        count("too late");
      }
      var verdict = new Aftermath(world, fault, database, said).check();
      count((verdict.restored() ? "new: " : "old: ") + verdict.then());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CREATE, CUT, true",
    "CREATE, CRASH, false",
    "SWAP, CUT, false",
    "SWAP, CRASH, true",
    "MEND, CUT, true",
    "MEND, STALL_AND_CUT, false"
  })
  void anUndoIsDoneOrNotAndACleanToo(Scene scene, Fault.Kind kind, boolean passed) {
    try (Database database = world.copy(scene)) {
      world.restore(world.target(database), scene, Progress.NONE);
      String said =
          new Injection(world, atCommit(scene, kind, passed), next).run(database, this::undo);
      boolean undone = onlyRun(database).state() == RunState.UNDONE;
      if (said.startsWith("UNSETTLED")) {
        resume(world.target(database));
      }
      assertThat(undone).as(said).isEqualTo(!said.contains("nothing was undone"));
      assertThat(
              Fingerprint.difference(
                  undone ? world.before(scene) : world.restored(scene), Fingerprint.of(database)))
          .as(said)
          .isEmpty();
      if (!undone) {
        undo(world.target(database));
      }
      new Injection(world, atCommit(scene, kind, passed), next).run(database, this::clean);
      if (database.queryLong(SCHEMAS) > 0) {
        clean(world.target(database));
      }
      assertThat(database.queryLong(SCHEMAS)).isZero();
      assertThat(Fingerprint.difference(world.before(scene), Fingerprint.of(database))).isEmpty();
      count("undo and clean, " + kind);
    }
  }

  private static Fault atCommit(Scene scene, Fault.Kind kind, boolean passed) {
    return new Fault(scene, kind, new Fault.Moment.Commit(1, passed), 0, 0);
  }

  private Journal.Summary onlyRun(Database database) {
    try (Runs runs = Runs.open(world.target(database))) {
      assertThat(runs.list()).hasSize(1);
      return runs.list().getFirst();
    }
  }

  private void undo(ConnectionTarget target) {
    try (Runs runs = Runs.open(target)) {
      runs.undo(
          runs.find(Optional.empty(), RunState.DONE), false, Duration.ofSeconds(10), Progress.NONE);
    }
  }

  private void resume(ConnectionTarget target) {
    try (Runs runs = Runs.open(target)) {
      runs.resume(runs.find(Optional.empty(), RunState.UNDONE), Progress.NONE);
    }
  }

  private void clean(ConnectionTarget target) {
    try (Runs runs = Runs.open(target)) {
      runs.clean(runs.find(Optional.empty(), RunState.UNDONE));
    }
  }

  private String run(Injection injection, Database database, Fault fault) {
    try {
      return injection.run(database);
    } finally {
      if (fault.kind() == Fault.Kind.KILL) {
        next.close();
        next = new Child();
      }
    }
  }

  private void count(String what) {
    figures.merge(what, 1, Integer::sum);
  }
}
