package dev.pgmend.cli;

import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Runs;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Removes what a run keeps.
@Command(
    name = "clean",
    description =
        "Remove what a run keeps for undo, and its journal. There is no way back afterwards.",
    mixinStandardHelpOptions = true)
final class CleanCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "RUN",
      description = "The run; the latest finished one if left out.")
  @Nullable String run;

  @Mixin private TargetOption target = new TargetOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Runs runs = Runs.open(target.target())) {
      Journal journal =
          runs.find(Optional.ofNullable(run), RunState.STAGED, RunState.DONE, RunState.UNDONE);
      boolean restored = journal.summary().state() == RunState.DONE;
      runs.clean(journal);
      out.printf(restored ? "%s is gone; what it restored stays%n" : "%s is gone%n", journal.run());
      out.flush();
      return 0;
    }
  }
}
