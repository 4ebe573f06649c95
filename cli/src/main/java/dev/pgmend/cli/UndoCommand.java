package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.restore.Runs;
import dev.pgmend.run.Undoer.Undone;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Takes a restore back.
@Command(
    name = "undo",
    description = "Take a restore back: everything is then as it was before it.",
    mixinStandardHelpOptions = true)
final class UndoCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "RUN",
      description = "The run; the latest one if left out.")
  @Nullable String run;

  @Option(
      names = "--discard-newer",
      description = "Even if the table was changed since: those changes are lost.")
  private boolean discardNewer;

  @Option(
      names = "--max-block",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long to wait for locks (default 30).")
  private double maxBlock = 30;

  @Mixin private TargetOption target = new TargetOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Runs runs = Runs.open(target.target())) {
      Journal journal = runs.undoable(Optional.ofNullable(run));
      Undone undone =
          runs.undo(
              journal,
              discardNewer,
              Duration.ofMillis((long) (maxBlock * 1000)),
              new LineProgress(spec.commandLine().getErr(), false));
      List<String> open = undone.open();
      out.printf(
          open.isEmpty() && undone.kept().isEmpty()
              ? "undone: what %s had changed is as it was before%n"
              : "undone, but not everything is as it was before %s%n",
          journal.run());
      undone.kept().forEach(what -> out.printf("KEPT: %s%n", Printable.of(what)));
      open.forEach(key -> out.printf("OPEN: %s%n", Printable.of(key)));
      out.printf("clean: pgmend clean %s --to ...%n", journal.run());
      out.flush();
      return open.isEmpty() ? 0 : Kind.UNSETTLED.exitCode();
    }
  }
}
