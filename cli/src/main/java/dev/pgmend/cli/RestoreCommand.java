package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.checks.Checker;
import dev.pgmend.checks.Checks;
import dev.pgmend.live.SourceConflict;
import dev.pgmend.load.Effort;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.PlanRefused;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.CheckedRestore;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Mender;
import dev.pgmend.run.Outcome;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
      "9:the tables are back, a foreign key is still NOT VALID",
      "10:a check failed; nothing was changed, or it was taken back"
    })
final class RestoreCommand implements Callable<Integer>, Patience.Repeated {
  @Mixin private RequestOptions options = new RequestOptions();
  @Mixin private TargetOption target = new TargetOption();
  @Mixin private EffortOptions effort = new EffortOptions();
  @Mixin private ChecksOptions checks = new ChecksOptions();
  @Mixin private ReportOption report = new ReportOption();

  @Option(names = "--yes", description = "Do not ask whether to start.")
  private boolean yes;

  @Mixin private ProgressOptions progress = new ProgressOptions();
  @Mixin private JsonOption json = new JsonOption();

  @Option(names = "--dry-run", description = "The same as plan.")
  private boolean dryRun;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// What there is to report of the last time, if the command is to be run again.
  private Optional<Reporting> unsaid = Optional.empty();

  @Override
  public Integer call() {
    options.policy();
    Effort how = effort.effort();
    report.check();
    Optional<Checks> wanted = checks.checks();
    if (json.given() && !yes && !dryRun) {
      throw new PgmendException(
          Kind.USAGE, "--json asks no questions", "Add --yes, or --dry-run for the plan.");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter told = json.given() ? new PrintWriter(Writer.nullWriter()) : out;
    ConnectionTarget server = target.target();
    try (ProgressView view = progress.open(spec.commandLine().getErr(), server);
        Reporting reporting = new Reporting(view, target, options.source())) {
      try {
        int status = restore(wanted, how, reporting, view, told);
        finish(reporting, out);
        return status;
      } catch (RuntimeException failure) {
        view.stop();
        if (failure instanceof SourceConflict) {
          unsaid = Optional.of(reporting);
          throw failure;
        }
        throw failed(failure, reporting);
      }
    }
  }

  @Override
  public Exception gaveUp(SourceConflict failure) {
    return unsaid.isPresent() ? failed(failure, unsaid.get()) : failure;
  }

  /// Reports a failure.
  ///
  /// @return what to throw
  private RuntimeException failed(RuntimeException failure, Reporting reporting) {
    reporting.failed(failure);
    finish(reporting, spec.commandLine().getOut());
    return json.given() ? new Told(failure) : failure;
  }

  private void finish(Reporting reporting, PrintWriter out) {
    if (dryRun) {
      return;
    }
    if (json.given()) {
      ReportJson.write(out, reporting.report());
      out.flush();
    }
    if (report.given()) {
      report.write(reporting.report());
    }
  }

  private int restore(
      Optional<Checks> wanted,
      Effort how,
      Reporting reporting,
      ProgressView view,
      PrintWriter out) {
    ConnectionTarget server = target.target();
    try (Archive archive = options.archive();
        TableRestore restore = TableRestore.open(archive, server).with(how);
        Checker checker =
            checks.checker(wanted.orElse(Checks.NONE), server, options.source(), Map.of())) {
      CheckedRestore checked = new CheckedRestore(restore, server, checker);
      reporting.of(archive, checked);
      checker.listener(view::checked);
      try (Signals _ = Signals.interrupt(checked::interrupt)) {
        Plan plan = plan(restore, archive, reporting, out);
        if (dryRun) {
          return 0;
        }
        view.expect(archive, plan);
        boolean counts = plan.modes().containsValue(Mode.MEND);
        if (!yes) {
          Questions.terminal();
          if (!counts) {
            told(archive, plan, out);
            Questions.confirm("Start?");
          }
        }
        Outcome outcome = run(archive, restore, checked, plan, reporting, counts && !yes);
        view.stop();
        new OutcomePrinter(out, target).print(outcome);
        if (!checked.results().isEmpty()) {
          out.printf("checks: all %d passed%n", checked.results().size());
        }
        out.flush();
        options.tell(archive, spec.commandLine().getErr());
        return outcome.status() == Outcome.Status.UNSETTLED ? Kind.UNSETTLED.exitCode() : 0;
      }
    }
  }

  private Plan plan(TableRestore restore, Archive archive, Reporting reporting, PrintWriter out) {
    Plan plan = options.plan(restore, archive, target);
    reporting.of(plan);
    if (dryRun && json.given()) {
      PlanJson.write(spec.commandLine().getOut(), plan, List.of());
    } else if (dryRun) {
      new PlanPrinter(out).print(plan);
    } else if (!yes || !plan.runnable()) {
      new PlanPrinter(out).summary(plan, Estimate.of(archive, plan));
    }
    out.flush();
    if (!plan.runnable()) {
      throw new PlanRefused(plan);
    }
    return plan;
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
  private Outcome run(
      Archive archive,
      TableRestore restore,
      CheckedRestore checked,
      Plan plan,
      Reporting reporting,
      boolean asking) {
    if (asking) {
      reporting.asking(() -> Questions.agreed("Change these rows?"));
    }
    try {
      return checked.run(plan, reporting.progress());
    } catch (Mender.Undecided undecided) {
      if (!asking) {
        throw undecided;
      }
      PrintWriter err = spec.commandLine().getErr();
      err.println(Printable.of(String.valueOf(undecided.getMessage())));
      err.println(Printable.of(String.valueOf(undecided.hint())));
      err.flush();
      String rows =
          Questions.answer("Which rows? missing, changed, exact, or nothing at all [N]: ");
      if (!List.of("missing", "changed", "exact").contains(rows)) {
        throw undecided;
      }
      options.rows = rows;
      Plan decided = options.plan(restore, archive, target);
      reporting.of(decided);
      if (!decided.runnable()) {
        new PlanPrinter(spec.commandLine().getOut()).summary(decided, Estimate.UNKNOWN);
        throw new PlanRefused(decided);
      }
      return checked.run(decided, reporting.progress());
    }
  }

  /// A failure that was told already, in the JSON.
  static final class Told extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Told(RuntimeException cause) {
      super(cause);
    }
  }
}
