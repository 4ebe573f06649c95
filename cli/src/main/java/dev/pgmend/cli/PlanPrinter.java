package dev.pgmend.cli;

import dev.pgmend.plan.Step;
import dev.pgmend.plan.ColumnChange;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Prints a plan for people.
final class PlanPrinter {
  private static final int MOST_LOCKS = 6;

  private final PrintWriter out;

  PlanPrinter(PrintWriter out) {
    this.out = out;
  }

  /// Prints every step with its locks and its SQL, and the refusals last, where they are seen.
  void print(Plan plan) {
    modes(plan);
    section("in staging, seen by nobody", plan.stage());
    section("load", plan.load());
    section("build", plan.build());
    section("verify before anything changes", plan.verify());
    section("cutover, one transaction", plan.cutover());
    section("after the cutover", plan.settle());
    list(
        "columns that are not as in the backup",
        plan.columns().stream().map(ColumnChange::toString).toList());
    list("kept or replaced", plan.replaced());
    list("note", plan.notices());
    refusals(plan);
  }

  private void refusals(Plan plan) {
    if (plan.runnable()) {
      out.printf("%nIt can be run.%n");
      return;
    }
    out.printf("%nREFUSED:%n");
    for (Plan.Refusal refusal : plan.refusals()) {
      out.printf(
          "  [%s] %s%n    HINT: %s%n",
          refusal.code(), Printable.of(refusal.reason()), Printable.of(refusal.remedy()));
    }
  }

  /// Prints a plan in a few lines.
  void summary(Plan plan) {
    modes(plan);
    count("in staging, seen by nobody", plan.stage().size() + plan.build().size());
    count("to load rows", plan.load().size());
    count("to verify before anything changes", plan.verify().size());
    count("in the cutover, one transaction", plan.cutover().size());
    count("after it: foreign keys are validated", plan.settle().size());
    locks(plan);
    list(
        "columns that are not as in the backup",
        plan.columns().stream().map(ColumnChange::toString).toList());
    list("kept or replaced", plan.replaced());
    list("note", plan.notices());
    refusals(plan);
    out.flush();
  }

  private void locks(Plan plan) {
    List<String> locks =
        new ArrayList<>(
            plan.cutover().stream()
                .map(Step::locks)
                .filter(lock -> !lock.isEmpty() && !lock.endsWith("the staged table"))
                .filter(lock -> !onCreated(plan, lock))
                .distinct()
                .toList());
    int more = locks.size() - MOST_LOCKS;
    if (more > 1) {
      locks.subList(MOST_LOCKS, locks.size()).clear();
      locks.add("... and %d more; plan shows all".formatted(more));
    }
    list("locks of the cutover on what others use", locks);
    list(
        "locks before the cutover",
        plan.verify().stream()
            .map(Step::locks)
            .filter(lock -> !lock.isEmpty())
            .distinct()
            .toList());
  }

  /// {@return whether nobody can wait for the lock, for it is on a table that is only just created}
  private static boolean onCreated(Plan plan, String lock) {
    return plan.modes().entrySet().stream()
        .anyMatch(table ->
            table.getValue() == Mode.CREATE && lock.startsWith("on " + table.getKey().sql() + ":"));
  }

  private void count(String what, int steps) {
    if (steps > 0) {
      out.printf("%3d %s %s%n", steps, steps == 1 ? "step " : "steps", what);
    }
  }

  private void modes(Plan plan) {
    Map<Mode, List<String>> tables = new TreeMap<>();
    plan.modes()
        .forEach(
            (table, mode) -> tables.computeIfAbsent(mode, _ -> new ArrayList<>()).add(table.sql()));
    tables.forEach((mode, names) -> {
      names.sort(Comparator.naturalOrder());
      if (names.size() > 20) {
        out.printf("%s %d tables:%n", mode, names.size());
        out.printf("  %s%n", Printable.of(String.join(", ", names)));
      } else {
        names.forEach(name -> out.printf("%s %s%n", mode, Printable.of(name)));
      }
    });
    out.printf("because %s%n", Printable.of(plan.reason()));
    if (plan.modes().containsValue(Mode.MEND)) {
      out.printf(
          "how many rows come, change and go is counted and told before any does; plan --count counts them now%n");
    } else if (plan.modes().containsValue(Mode.SWAP)) {
      out.printf(
          "rows that the backup does not have go with the exchanged table; plan --count counts them%n");
    }
  }

  private void section(String title, List<Step> steps) {
    if (steps.isEmpty()) {
      return;
    }
    out.printf("%n%s:%n", title);
    int number = 0;
    for (Step step : steps) {
      out.printf("  %2d. %s%n", ++number, Printable.of(step.title()));
      if (!step.locks().isEmpty()) {
        out.printf("      lock: %s%n", Printable.of(step.locks()));
      }
      step.sql().lines().forEach(line -> out.printf("      | %s%n", Printable.of(line)));
    }
  }

  private void list(String title, List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    out.printf("%n%s:%n", title);
    lines.forEach(line -> out.printf("  - %s%n", Printable.of(line)));
  }
}
