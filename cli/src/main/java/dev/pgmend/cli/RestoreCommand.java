package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.load.Effort;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Mender;
import dev.pgmend.run.Outcome;
import java.io.Console;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
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
  @Mixin private EffortOptions effort = new EffortOptions();

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
    Effort how = effort.effort();
    try (Archive archive = options.archive();
        TableRestore restore = TableRestore.open(archive, target.target()).with(how);
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
      boolean counts = plan.modes().containsValue(Mode.MEND);
      if (!yes) {
        terminal();
        if (!counts) {
          told(archive, plan, out);
          confirm("Start?");
        }
      }
      Outcome outcome = run(archive, restore, plan, counts && !yes);
      new OutcomePrinter(out, target).print(outcome);
      out.flush();
      options.tell(archive, spec.commandLine().getErr());
      return outcome.status() == Outcome.Status.UNSETTLED ? Kind.UNSETTLED.exitCode() : 0;
    }
  }

  /// Tells what an exchange would drop. Whoever may not read the table is asked without it.
  private void told(Archive archive, Plan plan, PrintWriter out) {
    try {
      RowCounts.exchanged(archive, target.target(), plan)
          .forEach(change -> out.println(Printable.of(change.toString())));
    } catch (PgmendException e) {
      out.println(Printable.of("rows cannot be counted: " + e.getMessage()));
    }
    out.flush();
  }

  /// Runs the plan. Where rows change it is asked when they are counted, and before that which of them are meant, if nobody has said.
  private Outcome run(Archive archive, TableRestore restore, Plan plan, boolean asking) {
    LineProgress progress =
        new LineProgress(
            spec.commandLine().getErr(), verbose, () -> !asking || agreed("Change these rows?"));
    try {
      return restore.run(plan, progress);
    } catch (Mender.Undecided undecided) {
      if (!asking) {
        throw undecided;
      }
      PrintWriter err = spec.commandLine().getErr();
      err.println(Printable.of(String.valueOf(undecided.getMessage())));
      err.println(Printable.of(String.valueOf(undecided.hint())));
      err.flush();
      String rows = answer("Which rows? missing, changed, exact, or nothing at all [N]: ");
      if (!List.of("missing", "changed", "exact").contains(rows)) {
        throw undecided;
      }
      options.rows = rows;
      Plan decided = restore.plan(options.request(archive));
      if (!decided.runnable()) {
        new PlanPrinter(spec.commandLine().getOut()).summary(decided);
        throw refusal(decided);
      }
      return restore.run(decided, progress);
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

  /// @throws PgmendException if nobody is there to be asked
  @SuppressWarnings(
      "SystemConsoleNull") // null again since JDK 25, unless jdk.console says otherwise
  private static Console terminal() {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new PgmendException(
          Kind.USAGE,
          "not a terminal, and --yes was not given; the target is unchanged",
          "Add --yes to start without a question; pgmend plan --count tells what would change.");
    }
    return console;
  }

  private static String answer(String question) {
    String answer = terminal().readLine("%s", question);
    return answer == null ? "" : answer.strip().toLowerCase(Locale.ROOT);
  }

  private static boolean agreed(String question) {
    return answer(question + " [y/N] ").equals("y");
  }

  private static void confirm(String question) {
    if (!agreed(question)) {
      throw new PgmendException(Kind.USAGE, "not started; the target is unchanged");
    }
  }
}
