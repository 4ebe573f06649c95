package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.RightsStep;
import dev.pgmend.plan.SequenceStep;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What is looked at when the rows are staged and nothing has changed yet. Not thread-safe.
final class Verification {
  private final Work work;
  private final Session session;
  private final Plan plan;
  private final Loading loading;
  private final Differences differences;
  private boolean drifted;

  Verification(Work work, Loading loading, Differences differences) {
    this.work = work;
    this.session = work.session;
    this.plan = work.plan;
    this.loading = loading;
    this.differences = differences;
  }

  /// Does what the plan says is to be looked at.
  void run() {
    Map<String, String> orphans = new LinkedHashMap<>();
    Map<String, String> clashes = new LinkedHashMap<>();
    for (Step step : plan.verify()) {
      work.progress.step(step);
      switch (step) {
        case CheckStep.CountOrphans count ->
            work.borrowing(() ->
                new OrphanCount(session, work.statements, work.notes, work.progress)
                    .count(count, orphans, work.orphaned));
        case CheckStep.CountClashes count ->
            work.borrowing(
                () -> new ClashCount(session, work.statements, work.notes).count(count, clashes));
        case CheckStep.Probe probe -> new WriteProbe(session, work.notes).run(probe);
        case CheckStep.CompareStructure compare -> structure(compare);
        case MendStep.Compare compare -> differences.compare(compare);
        case CheckStep.CountFallen count ->
            new FallenCount(session, work.statements, work.progress)
                .count(count, work.archive, work::lend)
                .ifPresent(work.notes::add);
        case CheckStep.CountMisplaced count -> misplaced(count);
        case LoadStep.LoadLargeObjects objects -> loading.largeObjects(objects);
        default -> throw new IllegalStateException("not a step of verification: " + step);
      }
    }
    Work.refuse("rows would break foreign keys", orphans);
    Work.refuse("unique values are taken", clashes);
  }

  private void misplaced(CheckStep.CountMisplaced step) {
    if (!step.enums().isEmpty() && work.statements.number(step.countOtherEnums()) > 0) {
      throw misplaced(
          "the rows of %s in the backup do not belong in that partition of %s, or not they alone: it is partitioned by the hash of an enum (%s), which is another one in this database"
              .formatted(
                  step.table(),
                  step.parent(),
                  step.enums().keySet().stream()
                      .map(QualifiedName::sql)
                      .collect(Collectors.joining(", "))),
          step.parent().sql());
    }
    String condition =
        step.condition().isEmpty()
            ? session.queryText(step.constraint(), row -> row.text("condition")).getFirst()
            : step.condition();
    long rows = work.statements.number(step.sql(condition));
    if (rows > 0) {
      throw misplaced(
          "%d rows of %s in the backup do not belong in that partition (%s) of %s today; its bounds have changed"
              .formatted(rows, step.table(), step.bound(), step.parent()),
          step.parent().sql());
    }
  }

  /// {@return a partition does not take its rows}
  static PgmendException misplaced(String what, String parent) {
    return new PgmendException(
        Kind.REFUSED,
        what + "; the target is unchanged",
        "Restore the partitioned table as a whole: pgmend restore '%s' --mode swap …"
            .formatted(parent));
  }

  private void structure(CheckStep.CompareStructure step) {
    List<String> found = new ArrayList<>(step.known());
    new StructureCheck(session, work.notes)
        .differences(step, plan.lent())
        .forEach(difference -> found.add(difference.toString()));
    work.progress.found(
        step,
        found.isEmpty()
            ? "the same"
            : found.size() == 1 ? "1 difference" : found.size() + " differences");
    if (found.isEmpty()) {
      return;
    }
    drifted = true;
    if (!step.accepted() && !plan.modes().containsValue(Mode.SWAP)) {
      throw new PgmendException(
          Kind.REFUSED,
          "the table is not defined as in the backup: %s%s; the target is unchanged"
              .formatted(
                  String.join("; ", found.stream().limit(8).toList()),
                  found.size() > 8 ? "; and %d more".formatted(found.size() - 8) : ""),
          "--mode mend brings back the rows and leaves the definition as it is; --mode swap replaces the table by the backup's.");
    }
    boolean swap = plan.modes().containsValue(Mode.SWAP);
    found.forEach(difference ->
        work.notes.add((swap ? "replaced by the backup's: " : "left as it is: ") + difference));
  }

  /// {@return whether the tables are what the backup says}
  boolean nothingToDo() {
    boolean lost =
        Stream.concat(plan.load().stream(), plan.verify().stream())
                .anyMatch(LoadStep.LoadLargeObjects.class::isInstance)
            && plan.cutover().stream()
                .anyMatch(step ->
                    step instanceof FillStep.CreateLargeObjects objects
                        && new LargeObjectReturn(session).any(objects));
    if (!work.orphaned.isEmpty() || lost) {
      return false;
    }
    if (plan.modes().values().stream().allMatch(Mode.SWAP::equals)) {
      return !drifted && loading.sameRows();
    }
    for (Step step : plan.cutover()) {
      switch (step) {
        case MendStep.Mend mend -> {
          if (differences.of(mend.table()).orElse(1) > 0) {
            return false;
          }
        }
        case RightsStep.Lend _, RightsStep.TakeBack _, FillStep.CreateLargeObjects _ -> {}
        case SequenceStep.AdvanceSequence advance -> {
          boolean[] behind = {true};
          work.borrowing(() ->
              behind[0] =
                  new Sequences(session)
                      .behind(advance.sequence(), advance.last(), advance.called()));
          if (behind[0]) {
            return false;
          }
        }
        default -> {
          return false;
        }
      }
    }
    return true;
  }
}
