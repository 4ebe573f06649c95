package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Runs;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Goes on with a run that stopped.
@Command(
    name = "resume",
    description = "Go on where a run stopped: validate the foreign keys that are still open.",
    mixinStandardHelpOptions = true)
final class ResumeCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "RUN",
      description = "The run; the latest unfinished one if left out.")
  @Nullable String run;

  @Mixin private TargetOption target = new TargetOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Runs runs = Runs.open(target.target())) {
      Journal journal = runs.find(Optional.ofNullable(run), RunState.CUT_OVER, RunState.STAGED);
      List<String> open =
          runs.resume(journal, new LineProgress(spec.commandLine().getErr(), false));
      open.forEach(key -> out.printf("OPEN: %s%n", Printable.of(key)));
      if (open.isEmpty()) {
        out.printf("%s is settled: every foreign key is valid%n", journal.run());
      }
      out.flush();
      return open.isEmpty() ? 0 : Kind.UNSETTLED.exitCode();
    }
  }
}
