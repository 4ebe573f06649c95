package dev.pgmend.cli;

import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.run.Outcome;
import java.io.PrintWriter;

/// Prints what a restore did, and how to take it back.
final class OutcomePrinter {
  private final PrintWriter out;
  private final TargetOption target;

  OutcomePrinter(PrintWriter out, TargetOption target) {
    this.out = out;
    this.target = target;
  }

  void print(Outcome outcome) {
    for (Proved proof : outcome.proofs()) {
      String table = Printable.of(proof.table().sql());
      if (outcome.whole()) {
        out.printf(
            "%s: %s has the backup's %d rows (%s)%s%n",
            proof.hashed() ? "proved" : "counted",
            table,
            proof.rows(),
            proof.hashed()
                ? "hash " + proof.shown()
                : "their values were not compared: --verify counts",
            except(outcome, proof));
      } else {
        out.printf(
            proof.hashed()
                ? "proved: what was put back in %s is what the backup has%s%n"
                : "counted: as many rows as the backup has were staged for %s%s%n",
            table,
            except(outcome, proof));
      }
    }
    if (outcome.status() == Outcome.Status.NOTHING_TO_DO) {
      notes(outcome);
      out.println(
          outcome.whole()
              ? "nothing to do: the tables are what the backup says%s; nothing was changed"
                  .formatted(outcome.exceptions().isEmpty() ? "" : ", but for what is named above")
              : "nothing to do: no such row differs from the backup; nothing was changed");
      return;
    }
    for (Outcome.Change change : outcome.changes()) {
      out.printf(
          "%s: %d rows brought back, %d changed, %d removed%n",
          Printable.of(change.table()), change.restored(), change.changed(), change.removed());
    }
    notes(outcome);
    out.printf(
        "cutover: one transaction of %d ms; locks were held no longer%n",
        outcome.locked().toMillis());
    for (String open : outcome.open()) {
      out.printf("OPEN: %s%n", Printable.of(open));
    }
    if (!outcome.open().isEmpty()) {
      out.printf("again: %s%n", next("resume", outcome));
    }
    out.printf("undo:  %s%n", next("undo", outcome));
    out.printf("clean: %s (then it cannot be undone)%n", next("clean", outcome));
  }

  private static String except(Outcome outcome, Proved proof) {
    String exception = outcome.exceptions().get(proof.table());
    return exception == null ? "" : ", but for " + Printable.of(exception);
  }

  private String next(String verb, Outcome outcome) {
    return Printable.of(target.command(verb + " " + outcome.run()));
  }

  private void notes(Outcome outcome) {
    outcome.notes().stream()
        .distinct()
        .forEach(note -> out.printf("note: %s%n", Printable.of(note)));
  }
}
