package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.checks.Checker;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.run.Gate;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.run.Undoer.Undone;
import java.util.List;
import java.util.Optional;

/// A restore under the user's own checks: those of before can keep the cutover from being committed, those of after have it taken back.
public final class CheckedRestore implements Gate {
  private final TableRestore restore;
  private final ConnectionTarget target;
  private final Checker checker;
  private Optional<Outcome> outcome = Optional.empty();

  /// @param target where the restore goes
  public CheckedRestore(TableRestore restore, ConnectionTarget target, Checker checker) {
    this.restore = restore;
    this.target = target;
    this.checker = checker;
  }

  /// Carries the plan out.
  ///
  /// @throws PgmendException of kind CHECK if a check failed; the message says what became of the target
  public Outcome run(Plan plan, Progress progress) {
    Outcome done = restore.run(plan, progress, this);
    outcome = Optional.of(done);
    progress.phase("check");
    List<CheckResult> failed = after(done);
    if (!failed.isEmpty()) {
      throw takenBack(plan, done, failed, progress);
    }
    return done;
  }

  /// {@return what the run did, also if it was taken back; empty if it did not come so far}
  public Optional<Outcome> outcome() {
    return outcome;
  }

  /// {@return how the checks ended that were made}
  public List<CheckResult> results() {
    return checker.results();
  }

  private List<CheckResult> after(Outcome done) {
    try {
      return checker.after();
    } catch (PgmendException failure) {
      boolean changed = done.status() != Outcome.Status.NOTHING_TO_DO;
      throw new PgmendException(
          failure.kind(),
          "%s; %s"
              .formatted(
                  failure.getMessage(),
                  changed
                      ? "the restore is done, and was not checked to the end"
                      : "nothing was changed"),
          changed
              ? "pgmend checks run makes the checks again; pgmend undo %s takes the restore back."
                  .formatted(done.run())
              : failure.hint(),
          failure);
    }
  }

  private PgmendException takenBack(
      Plan plan, Outcome done, List<CheckResult> failed, Progress progress) {
    CheckResult first = failed.getFirst();
    String what =
        "check \"%s\" failed: %s%s"
            .formatted(
                first.check().name(),
                first.detail(),
                failed.size() == 1 ? "" : " (and %d more)".formatted(failed.size() - 1));
    if (done.status() == Outcome.Status.NOTHING_TO_DO) {
      return new PgmendException(
          Kind.CHECK,
          what + "; the tables are what the backup says already, and nothing was changed",
          "The cause is not in these tables: pgmend diff shows others.");
    }
    try (Runs runs = Runs.open(target)) {
      Undone undone =
          runs.undo(
              runs.find(Optional.of(done.run())),
              Conflicts.FAIL,
              plan.request().maxBlock(),
              progress);
      boolean clean = undone.open().isEmpty() && undone.kept().isEmpty();
      return new PgmendException(
          Kind.CHECK,
          "%s; the restore was taken back: %s"
              .formatted(
                  what,
                  clean
                      ? "the target is as it was before"
                      : "not everything is as it was before: " + String.join("; ", all(undone))),
          "pgmend clean %s removes what the run keeps.".formatted(done.run()));
    } catch (PgmendException failure) {
      return new PgmendException(
          Kind.CHECK,
          "%s; and the restore could not be taken back, so it stands: %s"
              .formatted(what, failure.getMessage()),
          "pgmend undo %s tries it again.%s"
              .formatted(done.run(), failure.hint() == null ? "" : " " + failure.hint()),
          failure);
    }
  }

  private static List<String> all(Undone undone) {
    return java.util.stream.Stream.concat(undone.open().stream(), undone.kept().stream()).toList();
  }

  @Override
  public void beforeCutover() {
    checker.beforeCutover();
  }

  @Override
  public void beforeCommit(Session session) {
    checker.beforeCommit(session);
  }

  /// Stops what is being done, from another thread.
  public void interrupt() {
    checker.interrupt();
    restore.interrupt();
  }
}
