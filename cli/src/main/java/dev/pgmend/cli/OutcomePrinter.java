package dev.pgmend.cli;

import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.run.Outcome;
import java.io.PrintWriter;

/// Prints what a restore did, and how to take it back.
final class OutcomePrinter {
  private final PrintWriter out;

  OutcomePrinter(PrintWriter out) {
    this.out = out;
  }

  void print(Outcome outcome) {
    for (Proved proof : outcome.proofs()) {
      out.printf(
          "proved: %s has the backup's %d rows (hash %s)%n",
          Printable.of(proof.table().sql()), proof.rows(), proof.hash());
    }
    if (outcome.status() == Outcome.Status.NOTHING_TO_DO) {
      notes(outcome);
      out.println("nothing to do: the tables are what the backup says; nothing was changed");
      return;
    }
    for (Outcome.Change change : outcome.changes()) {
      out.printf(
          "%s: %d rows brought back, %d changed back, %d newer rows removed%n",
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
      out.printf("pgmend resume %s --to ... tries again%n", outcome.run());
    }
    out.printf("undo:  pgmend undo %s --to ...%n", outcome.run());
    out.printf("clean: pgmend clean %s --to ... (then it cannot be undone)%n", outcome.run());
  }

  private void notes(Outcome outcome) {
    outcome.notes().stream()
        .distinct()
        .forEach(note -> out.printf("note: %s%n", Printable.of(note)));
  }
}
