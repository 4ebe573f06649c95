package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.checks.CheckFile;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.checks.Checker;
import dev.pgmend.checks.Recording;
import dev.pgmend.postgres.ConnectionTarget;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Makes the checks of a file against a database as it is.
@Command(
    name = "run",
    description = "Make all checks of a file against the database as it is. Changes nothing.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all checks passed", "2:the file is wrong", "10:a check failed"})
final class ChecksRunCommand implements Callable<Integer> {
  @Parameters(paramLabel = "CHECKS", description = "The file of checks; docs/checks.md.")
  private Path file = Path.of("");

  @Mixin private TargetOption target = new TargetOption();

  @Option(names = "--recorded", paramLabel = "FILE", description = "The answers to compare with.")
  private @Nullable Path recorded;

  @Option(
      names = "--source",
      paramLabel = "URI",
      description = "The server that checks with same-as: source compare with.")
  private @Nullable String source;

  @Mixin private JsonOption json = new JsonOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Checker checker =
            new Checker(
                CheckFile.read(file),
                target.target(),
                Optional.ofNullable(source)
                    .map(text -> ConnectionTarget.parse(text, System.getenv())),
                Optional.ofNullable(recorded).map(Recording::read),
                Map.of());
        Signals _ = Signals.interrupt(checker::interrupt)) {
      if (!json.given()) {
        checker.listener(result -> print(out, result));
      }
      List<CheckResult> failed = checker.now();
      if (json.given()) {
        Json.write(
            out,
            object ->
                ChecksJson.results(object.flag("passed", failed.isEmpty()), checker.results()));
      } else {
        out.printf(
            "%d passed, %d failed%n", checker.results().size() - failed.size(), failed.size());
      }
      out.flush();
      return failed.isEmpty() ? 0 : Kind.CHECK.exitCode();
    }
  }

  static void print(PrintWriter out, CheckResult result) {
    out.printf("%s %s%n", result.passed() ? "ok    " : "FAILED", Printable.of(result.toString()));
    out.flush();
  }
}
