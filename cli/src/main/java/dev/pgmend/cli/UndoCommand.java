package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.restore.Runs;
import dev.pgmend.run.Undoer.Undone;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Takes a restore back.
@Command(
    name = "undo",
    description = "Take a restore back: everything is then as it was before it.",
    mixinStandardHelpOptions = true)
final class UndoCommand extends RunCommand {
  @Option(names = "--discard-newer", description = "The same as --on-conflict take-backup.")
  private boolean discardNewer;

  @Option(
      names = "--on-conflict",
      paramLabel = "POLICY",
      description =
          "What was changed since the restore: fail (default), keep-live (rows of a mend that were changed stay as they are) or take-backup (those changes are lost).")
  private @Nullable String onConflict;

  @Option(
      names = "--max-block",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long to wait for locks (default 30).")
  private double maxBlock = 30;

  @Override
  Journal find(Runs runs, Optional<String> name) {
    return runs.undoable(name);
  }

  private Conflicts conflicts() {
    Conflicts chosen =
        switch (onConflict == null ? "" : onConflict) {
          case "" -> discardNewer ? Conflicts.TAKE_BACKUP : Conflicts.FAIL;
          case "fail" -> Conflicts.FAIL;
          case "keep-live" -> Conflicts.KEEP_LIVE;
          case "take-backup" -> Conflicts.TAKE_BACKUP;
          default ->
              throw new PgmendException(
                  Kind.USAGE,
                  "unknown value \"%s\" for --on-conflict".formatted(onConflict),
                  "Known: fail, keep-live, take-backup.");
        };
    if (discardNewer && chosen != Conflicts.TAKE_BACKUP) {
      throw new PgmendException(
          Kind.USAGE,
          "--discard-newer and --on-conflict %s contradict each other".formatted(onConflict));
    }
    return chosen;
  }

  @Override
  int act(Runs runs, Journal journal, PrintWriter out) {
    Undone undone =
        runs.undo(journal, conflicts(), Duration.ofMillis((long) (maxBlock * 1000)), progress());
    List<String> open = undone.open();
    if (json()) {
      Json.write(
          out,
          object ->
              object
                  .text("run", journal.run())
                  .flag("complete", open.isEmpty() && undone.kept().isEmpty())
                  .texts("kept", undone.kept())
                  .texts("open", open)
                  .text("clean", next("clean", journal)));
      return open.isEmpty() ? 0 : Kind.UNSETTLED.exitCode();
    }
    out.printf(
        open.isEmpty() && undone.kept().isEmpty()
            ? "undone: what %s had changed is as it was before%n"
            : "undone, but not everything is as it was before %s%n",
        journal.run());
    undone.kept().forEach(what -> out.printf("KEPT: %s%n", Printable.of(what)));
    open(out, open);
    out.printf("clean: %s%n", Printable.of(next("clean", journal)));
    return open.isEmpty() ? 0 : Kind.UNSETTLED.exitCode();
  }
}
