package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Plan;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Outcome;
import java.io.Console;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Puts tables back.
@Command(
    name = "restore",
    description = "Put tables back from a backup, prove it, and keep what is needed to undo it.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the tables are what the backup says, proved",
      "2:the request makes no sense",
      "3:the backup cannot be used",
      "4:no connection to the target",
      "5:refused; nothing was changed",
      "6:a lock was not to be had; nothing was changed",
      "7:a difference was found; nothing was changed",
      "8:the server failed a statement; nothing was changed",
      "9:the tables are back, a foreign key is still NOT VALID"
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin private RequestOptions options = new RequestOptions();
  @Mixin private TargetOption target = new TargetOption();

  @Option(names = "--yes", description = "Do not ask whether to start.")
  private boolean yes;

  @Option(
      names = {"-v", "--verbose"},
      description = "Name every step as it is done.")
  private boolean verbose;

  @Option(names = "--dry-run", description = "The same as plan.")
  private boolean dryRun;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    options.policy();
    try (Archive archive = options.archive();
        TableRestore restore = TableRestore.open(archive, target.target());
        Signals _ = Signals.interrupt(restore::interrupt)) {
      Plan plan = restore.plan(options.request(archive));
      PlanPrinter printer = new PlanPrinter(out);
      if (dryRun) {
        printer.print(plan);
      } else if (!yes || !plan.runnable()) {
        printer.summary(plan);
      }
      out.flush();
      if (!plan.runnable()) {
        throw refusal(plan);
      }
      if (dryRun) {
        return 0;
      }
      if (!yes) {
        confirm();
      }
      Outcome outcome = restore.run(plan, new LineProgress(spec.commandLine().getErr(), verbose));
      new OutcomePrinter(out, target).print(outcome);
      out.flush();
      BackupOptions.tell(archive, spec.commandLine().getErr());
      return outcome.status() == Outcome.Status.UNSETTLED ? Kind.UNSETTLED.exitCode() : 0;
    }
  }

  private static PgmendException refusal(Plan plan) {
    Plan.Refusal first = plan.refusals().getFirst();
    int more = plan.refusals().size() - 1;
    return new PgmendException(
        Kind.REFUSED,
        "refused: %s%s; the target is unchanged"
            .formatted(first.reason(), more == 0 ? "" : " (and " + more + " more, see above)"),
        first.remedy());
  }

  @SuppressWarnings(
      "SystemConsoleNull") // null again since JDK 25, unless jdk.console says otherwise
  private static void confirm() {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new PgmendException(
          Kind.USAGE,
          "not a terminal, and --yes was not given; the target is unchanged",
          "Add --yes to start without a question.");
    }
    String answer = console.readLine("Start? [y/N] ");
    if (answer == null || !answer.strip().equalsIgnoreCase("y")) {
      throw new PgmendException(Kind.USAGE, "not started; the target is unchanged");
    }
  }
}
