package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.restore.TableSelection;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows which rows differ.
@Command(
    name = "diff",
    description =
        "Show which rows of tables are missing, changed, or newer than the backup. Changes nothing.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:compared",
      "2:the request makes no sense",
      "3:the backup cannot be used",
      "4:no connection to the target",
      "5:a right is missing",
      "7:with --exit-code: rows differ"
    })
final class DiffCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "TABLE",
      description =
          "Tables to compare: name, schema.name or a pattern with * and ?, quoted as in psql.")
  private List<String> tables = new ArrayList<>();

  @Option(names = "--schema", paramLabel = "PATTERN", description = "All tables of the schema.")
  private List<String> schemas = new ArrayList<>();

  @Option(names = "--exclude-table", paramLabel = "PATTERN", description = "But not these tables.")
  private List<String> excluded = new ArrayList<>();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FILE",
      description =
          "The backup: output of pg_dump, packed or not; an s3:, gs:, az: or https: location; - reads a pipe.")
  private String from = "";

  @Mixin private BackupOptions backup = new BackupOptions();
  @Mixin private TargetOption target = new TargetOption();

  @Option(
      names = "--key",
      paramLabel = "COLUMNS",
      description =
          "The columns that tell rows apart, with commas between; the primary key or another one if left out.")
  private String key = "";

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many rows of each kind to show (default 5).")
  private int samples = 5;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write every row that differs as CSV; a changed row is two lines.")
  private @Nullable Path out;

  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Option(names = "--exit-code", description = "Exit with 7 if rows differ.")
  private boolean exitCode;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    if (samples < 0) {
      throw new PgmendException(Kind.USAGE, "--samples cannot be less than 0");
    }
    PrintWriter printed = spec.commandLine().getOut();
    PrintWriter told = spec.commandLine().getErr();
    List<RowDiff> diffs;
    TableSelection selection = new TableSelection(tables, schemas, excluded, false, false);
    try (Archive archive = backup.open(from, selection::isIn);
        TableDiff diff = TableDiff.open(archive, target.target());
        Signals _ = Signals.interrupt(diff::interrupt);
        OutputStream csv = csv()) {
      TableDiff.Request request =
          new TableDiff.Request(selection.of(archive.toc()), columns(key), samples);
      diffs =
          diff.compare(
              request,
              table -> {
                told.println("comparing " + Names.of(table) + " ...");
                told.flush();
              },
              csv);
      BackupOptions.tell(archive, told);
    } catch (IOException e) {
      throw new PgmendException(Kind.USAGE, "cannot write %s: %s".formatted(out, e), null, e);
    }
    if (json) {
      DiffJson.write(printed, diffs);
    } else {
      new DiffPrinter(printed).print(diffs);
    }
    printed.flush();
    boolean same = diffs.stream().allMatch(RowDiff::same);
    return exitCode && !same ? Kind.MISMATCH.exitCode() : 0;
  }

  private @Nullable OutputStream csv() throws IOException {
    return out == null
        ? null
        : new BufferedOutputStream(
            Files.newOutputStream(out, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /// {@return the names of a list as it would stand in SQL}
  static List<String> columns(String text) {
    try {
      return Sql.names(text);
    } catch (SqlSyntaxException e) {
      throw new PgmendException(
          Kind.USAGE,
          "\"%s\" is not a list of columns".formatted(text),
          "Write a,b; put names with other characters in double quotes.",
          e);
    }
  }
}
