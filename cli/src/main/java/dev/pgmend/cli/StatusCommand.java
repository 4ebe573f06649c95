package dev.pgmend.cli;

import dev.pgmend.catalog.AtWork;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.restore.Runs;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Lists the runs that a database remembers.
@Command(
    name = "status",
    description = "Say which restores this database remembers and where they stand.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @Mixin private TargetOption target = new TargetOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Runs runs = Runs.open(target.target());
        Signals _ = Signals.interrupt(runs::interrupt)) {
      List<Journal.Summary> list = runs.list();
      List<AtWork> busy = runs.atWork();
      if (list.isEmpty()) {
        out.println("no runs");
      }
      for (Journal.Summary run : list) {
        out.printf(
            "%s  %s%n  begun %s; %s of %s%n  from %s%n  %s%n",
            run.run(),
            run.state().words(),
            run.begun(),
            run.modes(),
            Printable.of(run.tables()),
            Printable.of(run.source()),
            run.state().meaning());
        busy.stream()
            .filter(other -> other.name().equals(run.run()))
            .forEach(other ->
                out.printf(
                    "  process %d (user %s) is at work on it%n",
                    other.pid(), Printable.of(other.user())));
        if (run.state() != RunState.UNDONE) {
          run.notValid()
              .forEach(
                  reason -> out.printf("  left NOT VALID, as asked: %s%n", Printable.of(reason)));
        }
      }
    }
    out.flush();
    return 0;
  }
}
