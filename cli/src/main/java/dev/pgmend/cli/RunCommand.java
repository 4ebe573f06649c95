package dev.pgmend.cli;

import dev.pgmend.journal.Journal;
import dev.pgmend.restore.Runs;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// A command about one run that a database remembers.
abstract class RunCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "RUN",
      description = "The run, as status names it; the latest one that fits if left out.")
  private @Nullable String run;

  @Mixin private TargetOption target = new TargetOption();
  @Mixin private JsonOption json = new JsonOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public final Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Runs runs = Runs.open(target.target());
        Signals _ = Signals.interrupt(runs::interrupt)) {
      return act(runs, find(runs, Optional.ofNullable(run)), out);
    } finally {
      out.flush();
    }
  }

  /// {@return the run that is meant}
  abstract Journal find(Runs runs, Optional<String> name);

  /// {@return the exit code}
  abstract int act(Runs runs, Journal journal, PrintWriter out);

  final LineProgress progress() {
    return new LineProgress(spec.commandLine().getErr(), false);
  }

  /// {@return whether one JSON object is wanted instead of words}
  final boolean json() {
    return json.given();
  }

  /// {@return what to type to do something with the run}
  final String next(String verb, Journal journal) {
    return target.command(verb + " " + journal.run());
  }

  static void open(PrintWriter out, List<String> keys) {
    keys.forEach(key -> out.printf("OPEN: %s%n", Printable.of(key)));
  }
}
