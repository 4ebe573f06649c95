package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Runs;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/// Goes on with a run that stopped.
@Command(
    name = "resume",
    description = "Go on where a run stopped: validate the foreign keys that are still open.",
    mixinStandardHelpOptions = true)
final class ResumeCommand extends RunCommand {
  @Override
  Journal find(Runs runs, Optional<String> name) {
    return runs.find(name, RunState.CUT_OVER, RunState.STAGED);
  }

  @Override
  int act(Runs runs, Journal journal, PrintWriter out) {
    List<String> open = runs.resume(journal, progress());
    if (json()) {
      Json.write(
          out,
          object ->
              object
                  .text("run", journal.run())
                  .flag("settled", open.isEmpty())
                  .texts("open", open));
      return open.isEmpty() ? 0 : Kind.UNSETTLED.exitCode();
    }
    open(out, open);
    if (open.isEmpty()) {
      out.printf("%s is settled: every foreign key is valid%n", journal.run());
    }
    return open.isEmpty() ? 0 : Kind.UNSETTLED.exitCode();
  }
}
