package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.assess.Assessment;
import dev.pgmend.assess.Assessor;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Shows what a database has lost.
@Command(
    name = "assess",
    description =
        "Show what the whole database has lost since the backup, and the command that restores it. Changes nothing.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:assessed",
      "2:the request makes no sense",
      "3:the backup cannot be used",
      "4:no connection to the target",
      "7:with --exit-code: something is lost"
    })
final class AssessCommand implements Callable<Integer> {
  @Mixin private FromOption from = new FromOption();
  @Mixin private TargetOption target = new TargetOption();

  @Option(names = "--no-rows", description = "Only objects: do not compare rows.")
  private boolean noRows;

  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Option(names = "--exit-code", description = "Exit with 7 if something is lost.")
  private boolean exitCode;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter told = spec.commandLine().getErr();
    try (Archive archive = from.open(DatabaseChoice.only());
        Assessor assessor = Assessor.open(archive, target.target());
        Signals _ = Signals.interrupt(assessor::interrupt)) {
      Assessment assessment =
          assessor.assess(
              !noRows,
              what -> {
                told.println("assessing " + Printable.of(what) + " ...");
                told.flush();
              });
      String command = command(assessment);
      if (json) {
        AssessJson.write(out, assessment, command);
      } else {
        new AssessPrinter(out).print(assessment, command);
      }
      out.flush();
      from.options().tell(archive, told);
      return exitCode && !assessment.intact() ? Kind.MISMATCH.exitCode() : 0;
    }
  }

  /// {@return the command that restores what can be restored, "" for nothing}
  private String command(Assessment assessment) {
    if (assessment.restore().isEmpty()) {
      return "";
    }
    StringBuilder words = new StringBuilder("restore");
    assessment.restore().forEach(table -> words.append(' ').append(Shell.quote(Names.of(table))));
    words.append(from.words());
    boolean others =
        assessment.rows().stream()
            .anyMatch(diff -> !diff.gone() && diff.changed() + diff.newer() > 0);
    if (others) {
      // What was changed or has come since is not lost.
      words.append(" --rows missing");
    }
    if (assessment.redefined()) {
      words.append(" --mode mend");
    }
    return target.command(words.toString());
  }
}
