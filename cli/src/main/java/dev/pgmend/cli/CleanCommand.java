package dev.pgmend.cli;

import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Runs;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Command;

/// Removes what a run keeps.
@Command(
    name = "clean",
    description =
        "Remove what a run keeps for undo, and its journal. There is no way back afterwards.",
    mixinStandardHelpOptions = true)
final class CleanCommand extends RunCommand {
  @Override
  Journal find(Runs runs, Optional<String> name) {
    return runs.find(name, RunState.STAGED, RunState.DONE, RunState.UNDONE);
  }

  @Override
  int act(Runs runs, Journal journal, PrintWriter out) {
    boolean restored = journal.summary().state() == RunState.DONE;
    runs.clean(journal);
    if (json()) {
      Json.write(out, object -> object.text("run", journal.run()).flag("restoredStays", restored));
      return 0;
    }
    out.printf(restored ? "%s is gone; what it restored stays%n" : "%s is gone%n", journal.run());
    return 0;
  }
}
