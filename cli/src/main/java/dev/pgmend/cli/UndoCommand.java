package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.restore.Runs;
import dev.pgmend.run.Undoer.Undone;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Takes a restore back.
@Command(
    name = "undo",
    description = "Take a restore back: everything is then as it was before it.",
    mixinStandardHelpOptions = true)
final class UndoCommand extends RunCommand {
  @Option(
      names = "--discard-newer",
      description = "Even if the table was changed since: those changes are lost.")
  private boolean discardNewer;

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

  @Override
  int act(Runs runs, Journal journal, PrintWriter out) {
    Undone undone =
        runs.undo(journal, discardNewer, Duration.ofMillis((long) (maxBlock * 1000)), progress());
    List<String> open = undone.open();
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
