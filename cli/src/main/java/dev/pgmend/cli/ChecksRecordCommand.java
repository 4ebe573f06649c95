package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.checks.CheckFile;
import dev.pgmend.checks.Checks;
import dev.pgmend.checks.Recording;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Writes down what the queries of a file answer today.
@Command(
    name = "record",
    description =
        "Write down what the queries with same-as: recorded answer today, next to the backup that was just made.",
    mixinStandardHelpOptions = true)
final class ChecksRecordCommand implements Callable<Integer> {
  @Parameters(paramLabel = "CHECKS", description = "The file of checks; docs/checks.md.")
  private Path file = Path.of("");

  @Mixin private TargetOption target = new TargetOption();

  @Option(
      names = "--beside",
      paramLabel = "BACKUP",
      description = "Write to BACKUP.checks.yaml, where restore looks for it.")
  private @Nullable Path beside;

  @Option(names = "--out", paramLabel = "FILE", description = "Write to this file.")
  private @Nullable Path given;

  @Option(names = "--overwrite", description = "Replace a file that is there.")
  private boolean overwrite;

  @Mixin private JsonOption json = new JsonOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    if ((beside == null) == (given == null)) {
      throw new PgmendException(
          Kind.USAGE,
          "where are the answers to be written?",
          "--beside BACKUP puts them next to a backup; --out FILE names the file. One of the two.");
    }
    Path to = beside == null ? Objects.requireNonNull(given) : Recording.nextTo(beside);
    Checks checks = CheckFile.read(file);
    PrintWriter out = spec.commandLine().getOut();
    Recording recording = Recording.take(checks, target.target(), InstantSource.system());
    if (recording.answers().isEmpty()) {
      throw new PgmendException(Kind.USAGE, "%s: no check says same-as: recorded".formatted(file));
    }
    recording.write(to, overwrite);
    if (json.given()) {
      Json.write(
          out,
          object ->
              object
                  .text("file", to.toString())
                  .objects(
                      "answers",
                      recording.answers().entrySet().stream()
                          .sorted(Map.Entry.comparingByKey())
                          .toList(),
                      entry ->
                          object
                              .text("name", entry.getKey())
                              .number("rows", entry.getValue().answer().rows())
                              .text("sha256", entry.getValue().answer().digest())));
    } else {
      out.printf("%d answers written to %s%n", recording.answers().size(), to);
    }
    out.flush();
    return 0;
  }
}
