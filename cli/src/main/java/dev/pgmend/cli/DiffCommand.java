package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.TableNames;
import dev.pgmend.restore.TableSelection;
import dev.pgmend.rows.ScratchTables;
import dev.pgmend.sql.QualifiedName;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
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

  @Mixin private PatternOptions patterns = new PatternOptions();
  @Mixin private FromOption from = new FromOption();
  @Mixin private TargetOption target = new TargetOption();

  @Option(
      names = "--to-backup",
      paramLabel = "FILE",
      description =
          "Compare with another backup instead of a live database: missing is what only --from has, newer what only this one has. No server of yours is touched.")
  private @Nullable String toBackup;

  @Option(
      names = "--key",
      paramLabel = "COLUMNS",
      description =
          "The columns that tell rows apart, with commas between; the primary key or another one if left out.")
  private String key = "";

  @Mixin private ColumnOptions renamings = new ColumnOptions();

  @Option(
      names = "--drop-columns",
      description = "Do not mention columns that are gone; they are left out in any case.")
  private boolean dropColumns;

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
    if (toBackup != null && target.given()) {
      throw new PgmendException(Kind.USAGE, "--to and --to-backup contradict each other");
    }
    TableSelection selection = patterns.with(tables);
    List<RowDiff> diffs;
    try (Archive archive = from.open(selection);
        OutputStream csv = csv()) {
      TableNames names = new TableNames(archive.toc());
      Set<QualifiedName> wanted = selection.of(archive.toc());
      TableDiff.Request request =
          new TableDiff.Request(
              wanted,
              columns(key),
              samples,
              new ColumnPolicy(renamings.renamed(names, wanted), dropColumns, false));
      diffs =
          toBackup == null
              ? compare(archive, target.target(), request, csv)
              : compareBackups(archive, toBackup, request, csv);
      from.options().tell(archive, told);
    } catch (IOException e) {
      throw new PgmendException(Kind.USAGE, "cannot write %s: %s".formatted(out, e), null, e);
    }
    if (json) {
      DiffJson.write(printed, diffs);
    } else {
      new DiffPrinter(printed, toBackup != null).print(diffs);
    }
    printed.flush();
    boolean same = diffs.stream().allMatch(RowDiff::same);
    return exitCode && !same ? Kind.MISMATCH.exitCode() : 0;
  }

  private List<RowDiff> compare(
      Archive archive,
      ConnectionTarget live,
      TableDiff.Request request,
      @Nullable OutputStream csv) {
    try (TableDiff diff = TableDiff.open(archive, live);
        Signals _ = Signals.interrupt(diff::interrupt)) {
      return diff.compare(request, table -> tell("comparing", table), csv);
    }
  }

  /// The other backup's rows play the live ones, on a server of their own.
  private List<RowDiff> compareBackups(
      Archive archive, String otherFile, TableDiff.Request request, @Nullable OutputStream csv) {
    AtomicReference<Runnable> stop = new AtomicReference<>(() -> {});
    try (Archive other = from.options().open(otherFile, patterns.with(tables));
        ScratchServer scratch =
            new ScratchServer(
                "comparing two backups",
                "pgmend rows shows the rows of each, and needs none.",
                () -> stop.get().run())) {
      ConnectionTarget target =
          scratch.database(
              Math.max(major(archive), major(other)), sqlAscii(archive) || sqlAscii(other));
      try (Session session = Session.open(target)) {
        stop.set(session::interrupt);
        new ScratchTables(other, session)
            .load(request.tables(), table -> tell("loading the other backup's", table));
      }
      try (TableDiff diff = TableDiff.open(archive, target)) {
        stop.set(diff::interrupt);
        return diff.compare(request, table -> tell("comparing", table), csv);
      } finally {
        from.options().tell(other, spec.commandLine().getErr());
      }
    }
  }

  private static int major(Archive archive) {
    return Math.max(archive.header().serverMajor(), archive.header().dumpMajor());
  }

  private static boolean sqlAscii(Archive archive) {
    return archive.toc().encodingName().equals("SQL_ASCII");
  }

  private void tell(String what, QualifiedName table) {
    PrintWriter told = spec.commandLine().getErr();
    told.println(what + " " + Names.of(table) + " ...");
    told.flush();
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
