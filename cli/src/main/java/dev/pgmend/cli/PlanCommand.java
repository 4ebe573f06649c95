package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Plan;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.RowChange;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows what `restore` would do.
@Command(
    name = "plan",
    description = "Show every step, lock and refusal of a restore, and change nothing.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the plan can be run", "5:it refuses, and says why"})
final class PlanCommand implements Callable<Integer> {
  @Mixin private RequestOptions options = new RequestOptions();
  @Mixin private TargetOption target = new TargetOption();

  @Option(
      names = {"-v", "--verbose"},
      description = "With every single step, its locks and its SQL.")
  private boolean verbose;

  @Option(names = "--brief", hidden = true, description = "As without -v.")
  private boolean brief;

  @Option(
      names = "--count",
      description =
          "Count the rows that would come, change and go: loads and compares them as restore does, in a schema that is removed again.")
  private boolean count;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    options.policy();
    try (Archive archive = options.archive();
        TableRestore restore = TableRestore.open(archive, target.target());
        Signals _ = Signals.interrupt(restore::interrupt)) {
      Plan plan = options.plan(restore, archive, target);
      PrintWriter out = spec.commandLine().getOut();
      List<RowChange> counts =
          count && plan.runnable()
              ? RowCounts.of(
                  archive,
                  target.target(),
                  restore,
                  plan,
                  new LineProgress(spec.commandLine().getErr(), false))
              : List.of();
      if (json.given()) {
        PlanJson.write(out, plan, counts);
      } else if (verbose && !brief) {
        new PlanPrinter(out).print(plan);
      } else {
        new PlanPrinter(out).summary(plan, Estimate.of(archive, plan));
      }
      if (!json.given()) {
        counts.forEach(change -> out.println(Printable.of(change.toString())));
      }
      out.flush();
      options.tell(archive, spec.commandLine().getErr());
      return plan.runnable() ? 0 : Kind.REFUSED.exitCode();
    }
  }
}
