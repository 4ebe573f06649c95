package dev.pgmend.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Fingerprint;
import dev.pgmend.restore.Runs;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What has to hold after a fault: the database is the old one or the new one, `status` says which, and there is a way on and a way
/// out.
final class Aftermath {
  private static final Duration MAX_BLOCK = Duration.ofSeconds(10);
  private static final int PATIENCE = 10_000;

  private final World world;
  private final Fault fault;
  private final Database database;
  private final String said;

  /// @param said what pgmend said at its end, "" if it was killed
  Aftermath(World world, Fault fault, Database database, String said) {
    this.world = world;
    this.fault = fault;
    this.database = database;
    this.said = said;
  }

  /// Which of the states the database was found in, and what was done then.
  record Verdict(boolean restored, String then) {}

  /// Looks, goes on or back, and cleans up.
  Verdict check() {
    awaitNobody();
    Optional<RunState> state = state();
    boolean restored = state.filter(s -> s != RunState.STAGED).isPresent();
    assertState(restored, state.equals(Optional.of(RunState.CUT_OVER)));
    assertWords(restored, state);
    String then = state.map(this::goOn).orElse("nothing to clean");
    if (fault.turn() % 4 == 0 && !restored) {
      again();
      then += ", restored again";
    }
    assertNoTrace();
    return new Verdict(restored, then);
  }

  /// The server ends the sessions of a client that is gone by itself, and soon.
  private void awaitNobody() {
    long deadline = System.nanoTime() + PATIENCE * 1_000_000L;
    while (true) {
      List<?> sessions =
          database.query(
              "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
      if (sessions.isEmpty()) {
        return;
      }
      assertThat(System.nanoTime())
          .as("%s: sessions are left: %s", fault, sessions)
          .isLessThan(deadline);
      Injection.pause(10);
    }
  }

  private Optional<RunState> state() {
    try (Runs runs = Runs.open(world.target(database))) {
      List<Journal.Summary> list = runs.list();
      assertThat(list).as("%s: runs", fault).hasSizeLessThan(2);
      return list.stream().map(Journal.Summary::state).findFirst();
    }
  }

  private void assertState(boolean restored, boolean pending) {
    Map<String, String> expected =
        restored ? world.restored(fault.scene()) : world.before(fault.scene());
    Stream<String> difference =
        Fingerprint.difference(expected, Fingerprint.of(database)).stream()
            .filter(line ->
                !(pending
                    && line.startsWith("changed: constraint ")
                    && line.contains("NOT VALID")));
    assertThat(difference).as("%s, restored: %s, said: %s", fault, restored, said).isEmpty();
  }

  /// What pgmend says at its end is true.
  private void assertWords(boolean restored, Optional<RunState> state) {
    String context = "%s, %s, said: %s".formatted(fault, state, said);
    if (said.equals(Outcome.Status.DONE.name())) {
      assertThat(state).as(context).contains(RunState.DONE);
    } else if (said.contains("target is unchanged")) {
      assertThat(restored).as(context).isFalse();
    } else if (said.contains("was committed")) {
      assertThat(restored).as(context).isTrue();
    } else {
      // Nobody promises anything: killed, or it could not look.
      assertThat(said)
          .as(context)
          .satisfiesAnyOf(
              text -> assertThat(text).isEmpty(),
              text -> assertThat(text).startsWith("CONNECTION"));
    }
  }

  private String goOn(RunState state) {
    try (Runs runs = Runs.open(world.target(database))) {
      Journal journal = runs.find(Optional.empty(), state);
      String then = "";
      if (state == RunState.CUT_OVER || state == RunState.DONE && fault.turn() % 2 == 1) {
        if (state == RunState.CUT_OVER && fault.turn() % 2 == 0) {
          assertThat(runs.resume(journal, Progress.NONE)).as("%s: open", fault).isEmpty();
          assertState(true, false);
          then = "resumed, ";
        } else {
          runs.undo(journal, false, MAX_BLOCK, Progress.NONE);
          assertState(false, false);
          then = "undone, ";
        }
      }
      runs.clean(journal);
      assertState(state != RunState.STAGED && !then.startsWith("undone"), false);
      return then + "cleaned";
    }
  }

  private void again() {
    assertThat(world.restore(world.target(database), fault.scene(), Progress.NONE).status())
        .isEqualTo(Outcome.Status.DONE);
    assertState(true, false);
    try (Runs runs = Runs.open(world.target(database))) {
      runs.clean(runs.find(Optional.empty(), RunState.DONE));
    }
  }

  private void assertNoTrace() {
    assertThat(database.queryColumn("SELECT nspname FROM pg_namespace WHERE nspname ~ '^pgmend'"))
        .as("%s: schemas", fault)
        .isEmpty();
    awaitNobody();
    assertThat(
            database.query(
                "SELECT locktype, mode, pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
        .as("%s: locks", fault)
        .isEmpty();
  }
}
