package dev.pgmend.cli;

import dev.pgmend.assess.Assessment;
import dev.pgmend.assess.Assessment.Loss;
import dev.pgmend.diff.RowDiff;
import java.io.PrintWriter;
import java.util.List;

/// Prints what is lost.
final class AssessPrinter {
  private static final int WIDTH = 200;

  private final PrintWriter out;

  AssessPrinter(PrintWriter out) {
    this.out = out;
  }

  void print(Assessment assessment, String command) {
    out.printf(
        "%d tables and %d other objects of the backup were looked at.%n",
        assessment.tables(), assessment.objects());
    losses("Gone:", assessment, Assessment.Kind.GONE);
    losses("Changed:", assessment, Assessment.Kind.CHANGED);
    losses("Rights lost:", assessment, Assessment.Kind.RIGHTS);
    losses("Set back:", assessment, Assessment.Kind.BEHIND);
    List<RowDiff> lost = assessment.rows().stream().filter(Assessment::lostRows).toList();
    heading("Rows missing:", lost);
    lost.forEach(diff ->
        out.printf(
            "%s %s: %d of %d rows%s%s%n",
            assessment.comesBack(diff) ? " " : "*",
            Names.of(diff.table()),
            Assessment.lost(diff),
            diff.backupRows(),
            others(diff.gone() ? 0 : diff.changed(), diff.gone() ? 0 : diff.newer()),
            Assessment.certain(diff)
                ? ""
                : "; there is no key to tell lost rows from changed ones"));
    List<RowDiff> others =
        assessment.rows().stream().filter(diff -> !Assessment.lostRows(diff)).toList();
    heading("No rows missing, but others than in the backup (see pgmend diff):", others);
    others.forEach(diff ->
        out.printf("  %s%s%n", Names.of(diff.table()), others(diff.changed(), diff.newer())));
    heading("Not looked at:", assessment.unknown());
    assessment.unknown().forEach(unknown -> out.printf("  %s%n", shortened(unknown)));
    if (assessment.intact()) {
      out.printf("Nothing is lost.%n");
    }
    long unrestorable =
        assessment.losses().stream()
                .filter(loss -> loss.table().isEmpty() && loss.kind() != Assessment.Kind.BEHIND)
                .count()
            + lost.stream().filter(diff -> !assessment.comesBack(diff)).count();
    if (!command.isEmpty()) {
      out.printf(
          "%nTo restore%s:%n  %s%n",
          unrestorable == 0 ? "" : " what is not marked with *", command);
    }
    if (unrestorable > 0) {
      out.printf(
          "* %s%n",
          "this command does not bring it back. --mode swap replaces a table by the backup's, definition, rows and all; other objects, owners and rights have to be put right by hand.");
    }
  }

  private void losses(String heading, Assessment assessment, Assessment.Kind kind) {
    List<Loss> losses = assessment.losses().stream().filter(loss -> loss.kind() == kind).toList();
    heading(heading, losses);
    for (Loss loss : losses) {
      boolean marked = loss.table().isEmpty() && kind != Assessment.Kind.BEHIND;
      String between = loss.detail().startsWith("with ") ? ", " : ": ";
      out.printf(
          "%s %s%s%n",
          marked ? "*" : " ",
          shortened(loss.what()),
          loss.detail().isEmpty() ? "" : between + shortened(loss.detail()));
    }
  }

  private void heading(String heading, List<?> of) {
    if (!of.isEmpty()) {
      out.println(heading);
    }
  }

  private static String others(long changed, long newer) {
    return (changed == 0 ? "" : ", %d changed".formatted(changed))
        + (newer == 0 ? "" : ", %d newer".formatted(newer));
  }

  private static String shortened(String text) {
    String line = Printable.of(text.replaceAll("\\s+", " "));
    return line.length() <= WIDTH ? line : line.substring(0, WIDTH) + "…";
  }
}
