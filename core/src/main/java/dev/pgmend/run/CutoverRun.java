package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.IndexStep;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.RightsStep;
import dev.pgmend.plan.SequenceStep;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The one transaction in which the target changes. Not thread-safe.
final class CutoverRun {
  private final Work work;
  private final Session session;
  private final Plan plan;
  private final CutoverLocks locks;
  private final Differences differences;
  private final Effects effects;
  private final Gate gate;
  private final Runnable reclaim;
  private final List<Outcome.Change> changes = new ArrayList<>();
  private List<String> conflicts = List.of();

  /// @param gate what has to hold before it commits
  /// @param reclaim claims the run and its tables for a new connection
  CutoverRun(
      Work work,
      CutoverLocks locks,
      Differences differences,
      Effects effects,
      Gate gate,
      Runnable reclaim) {
    this.gate = gate;
    this.work = work;
    this.session = work.session;
    this.plan = work.plan;
    this.locks = locks;
    this.differences = differences;
    this.effects = effects;
    this.reclaim = reclaim;
  }

  /// {@return what became of the rows of each mended table}
  List<Outcome.Change> changes() {
    return changes;
  }

  /// {@return what is to be said of rows that were written meanwhile}
  List<String> conflicts() {
    return conflicts;
  }

  /// Takes the locks, does the steps, writes down how to undo them, and commits.
  ///
  /// @return how long the transaction took
  Duration run(Journal journal, List<Proved> proofs) {
    work.progress.phase("cutover");
    LockRetry retry =
        new LockRetry(session, plan.request().maxBlock(), plan.modes().keySet(), work.progress);
    int told = work.notes.size();
    return retry.run(timeout -> {
      // What an attempt that was rolled back had to say is not so.
      work.notes.subList(told, work.notes.size()).clear();
      changes.clear();
      effects.forget();
      session.begin();
      long start = System.nanoTime();
      try {
        locks.take(timeout);
        work.freshRights();
        Mending mending = mending();
        boolean mended = Mending.steps(plan.cutover()).isEmpty();
        boolean rowsOnly = plan.cutover().stream().allMatch(CutoverRun::changesRowsOnly);
        if (rowsOnly) {
          // Before any row is locked.
          new CutoverChecks(session, plan).run();
        }
        for (Step step : plan.cutover()) {
          work.progress.step(step);
          if (step instanceof MendStep.Mend && !mended) {
            changes.addAll(mending.run());
            conflicts = mending.conflicts();
            mended = true;
          } else {
            effects.apply(step);
          }
        }
        // Objects that were missing came after the rows, and go before them.
        List<UndoStep> undo = new ArrayList<>();
        plan.undo().forEach(step -> undo.addAll(inverse(step)));
        undo.addAll(mending.undo());
        undo.addAll(effects.found());
        if (!rowsOnly) {
          new CutoverChecks(session, plan).run();
        }
        gate.beforeCommit(session);
        dropStagedRows();
        work.closeToOthers();
        journal.steps("undo", undo);
        journal.steps("rows", mending.rows());
        List<UndoStep> undoSettle = new ArrayList<>(validations(plan.undoSettle()));
        undoSettle.addAll(mending.undoSettle());
        journal.steps("undo-settle", undoSettle);
        // What the user has accepted is not left to be validated: a resume must not try either.
        List<UndoStep> settle =
            new ArrayList<>(
                validations(plan.settle().stream().filter(step -> !tolerated(step)).toList()));
        settle.addAll(mending.settle());
        journal.steps("settle", settle);
        work.orphaned.values().forEach(journal::leftNotValid);
        journal.steps("lent", lent());
        proofs.forEach(proof -> journal.proof(effects.renamed(proof)));
        journal.state(RunState.CUT_OVER);
        if (new Commit(session, journal).to(RunState.CUT_OVER)) {
          work.notes.add(
              "the connection was lost during the cutover's COMMIT, which the server had done");
          reclaim.run();
        }
      } catch (PgmendException failure) {
        session.rollback();
        locks.learn(failure);
        throw ReplicaIdentity.explain(session, plan, failure);
      } catch (RuntimeException failure) {
        session.rollback();
        throw failure;
      }
      return Duration.ofNanos(System.nanoTime() - start);
    });
  }

  private static boolean changesRowsOnly(Step step) {
    return step instanceof MendStep.Mend
        || step instanceof RightsStep.Lend
        || step instanceof RightsStep.TakeBack
        || step instanceof SequenceStep.AdvanceSequence;
  }

  private boolean tolerated(Step step) {
    return step instanceof Step.Validate key
        && work.orphaned.containsKey("%s.%s".formatted(key.table().sql(), key.constraint()));
  }

  private List<UndoStep> lent() {
    return plan.lent().stream()
        .map(name -> new UndoStep(UndoStep.Kind.LEND, "lend rights on " + name, name.sql(), ""))
        .toList();
  }

  private Mending mending() {
    return new Mending(
        session,
        work.statements,
        differences.menders(),
        work.orphaned.keySet(),
        plan.request().maxBlock());
  }

  private static List<UndoStep> inverse(Step step) {
    return switch (step) {
      case MendStep.Mend _, RightsStep.Lend _, RightsStep.TakeBack _ -> List.of();
      case SequenceStep.CarrySequence carry ->
          List.of(
              new UndoStep(
                  UndoStep.Kind.CARRY, carry.title(), carry.from().sql(), carry.to().sql()));
      case IndexStep.Aside aside ->
          List.of(
              new UndoStep(
                  UndoStep.Kind.ASIDE,
                  aside.otherwise(),
                  aside.index().sql(),
                  aside.table().sql()));
      case IndexStep.Again again ->
          List.of(new UndoStep(UndoStep.Kind.PUT_BACK, again.title(), again.index().sql(), ""));
      default -> List.of(UndoStep.sql(step.title(), step.sql()));
    };
  }

  private static List<UndoStep> validations(List<Step> steps) {
    return steps.stream()
        .map(step -> new UndoStep(UndoStep.Kind.VALIDATE, step.title(), step.sql(), ""))
        .toList();
  }

  private void dropStagedRows() {
    Mending.steps(plan.cutover())
        .forEach(mend ->
            session.execute(
                "DROP TABLE %s, %s, %s"
                    .formatted(mend.staged().sql(), mend.kept().sql(), mend.conflicts().sql())));
    for (Step step : plan.cutover()) {
      if (step instanceof FillStep.Refill refill) {
        session.execute("DROP TABLE " + refill.staged().sql());
      }
    }
  }
}
