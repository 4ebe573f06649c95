package dev.pgmend.cli;

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
  @Mixin private JsonOption json = new JsonOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Runs runs = Runs.open(target.target())) {
      List<Journal.Summary> list = runs.list();
      if (json.given()) {
        Json.write(out, object -> json(object, runs, list));
        out.flush();
        return 0;
      }
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
        runs.pending(run).forEach(title -> out.printf("  for resume: %s%n", Printable.of(title)));
        runs.worker(run).ifPresent(who -> out.println("  at work now: " + Printable.of(who)));
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

  private static void json(Json json, Runs runs, List<Journal.Summary> list) {
    json.objects(
        "runs",
        list,
        run ->
            json.text("run", run.run())
                .text("state", run.state().words().replace(' ', '-'))
                .text("meaning", run.state().meaning())
                .text("begun", run.begun())
                .text("modes", run.modes())
                .text("tables", run.tables())
                .text("source", run.source())
                .texts("pending", runs.pending(run))
                .texts("notValid", run.notValid())
                .text("worker", runs.worker(run).orElse(null)));
  }
}
