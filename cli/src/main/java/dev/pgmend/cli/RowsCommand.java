package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.restore.TableNames;
import dev.pgmend.restore.TableSelection;
import dev.pgmend.rows.RowQuery;
import dev.pgmend.rows.TableRows;
import dev.pgmend.rows.TableRows.Found;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows rows of a table in a backup.
@Command(
    name = "rows",
    description = "Show rows of a table as they are in a backup. Touches no server of yours.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:shown, be it no row",
      "2:no such table or column, or the predicate makes no sense",
      "3:the backup cannot be read",
      "5:the predicate needs what the throwaway server does not have",
      "8:the output cannot be written"
    })
final class RowsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "The backup: output of pg_dump, packed or not; an s3:, gs:, az: or https: location; postgresql://user@host/dbname for a live database; - reads a pipe.")
  private String file = "";

  @Parameters(index = "1", paramLabel = "TABLE", description = "The table.")
  private String table = "";

  @Mixin private BackupOptions backup = new BackupOptions();

  @Option(
      names = "--where",
      paramLabel = "SQL",
      description =
          "Only rows for which this is true. column = value is compared as the file is read; anything else is evaluated on a throwaway server.")
  private @Nullable String where;

  @Option(names = "--columns", paramLabel = "A,B", description = "Only these columns.")
  private @Nullable String columns;

  @Option(names = "--limit", paramLabel = "N", description = "Stop after so many rows.")
  private long limit = Long.MAX_VALUE;

  @Option(
      names = "--csv",
      description = "As CSV, with a header; NULL is empty, an empty text \"\".")
  private boolean csv;

  @Option(names = "--json", description = "As a JSON array of objects.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    if (csv && json) {
      throw new PgmendException(Kind.USAGE, "--csv and --json contradict each other");
    }
    if (limit < 1) {
      throw new PgmendException(Kind.USAGE, "--limit is not a positive number");
    }
    RowQuery query = new RowQuery(columns == null ? List.of() : names(columns), where, limit);
    try (Archive archive =
        backup.open(file, new TableSelection(List.of(table), List.of(), List.of(), false, false))) {
      TableRows rows = new TableRows(archive, new TableNames(archive.toc()).find(table));
      notes(rows, err);
      ByteOutput out = new ByteOutput(System.out);
      RowPrinter printer = csv ? new RowsCsv(out) : json ? new RowsJson(out) : new RowsText(out);
      Found found;
      try (ScratchServer scratch =
          new ScratchServer(
              "--where",
              "Predicates of the form column = value, joined by AND, need none.",
              rows::interrupt)) {
        found = rows.read(query, scratch, printer);
      } catch (PgmendException failure) {
        printer.abandon();
        throw failure;
      }
      printer.finish();
      backup.tell(archive, err);
      summary(found, err);
      return 0;
    }
  }

  private void notes(TableRows rows, PrintWriter err) {
    if (!rows.generated().isEmpty() && columns == null) {
      err.printf(
          "NOTE: generated columns are not in a backup: %s%n",
          rows.generated().stream().map(Names::of).collect(Collectors.joining(", ")));
    }
    if (!rows.foreign().isEmpty()) {
      err.printf(
          "NOTE: rows of foreign tables are not in a backup: %s%n",
          rows.foreign().stream().map(Names::of).collect(Collectors.joining(", ")));
    }
    err.flush();
  }

  private void summary(Found found, PrintWriter err) {
    if (found.onServer()) {
      err.println(
          "NOTE: --where was evaluated on a throwaway server: time zone UTC, text ordered by its bytes");
    }
    String count =
        found.rows() == 0 ? "no rows" : found.rows() == 1 ? "1 row" : found.rows() + " rows";
    err.println(found.stopped() ? count + "; stopped at --limit, there may be more" : count);
    err.flush();
  }

  /// Reads a list of names by psql's rules: what is not quoted is folded to lower case.
  private static List<String> names(String text) {
    List<String> names = new ArrayList<>();
    try {
      List<Token> tokens = Lexer.tokens(text);
      for (int i = 0; i < tokens.size(); i++) {
        boolean name = i % 2 == 0;
        if (name ? !tokens.get(i).isName() : !tokens.get(i).is(",")) {
          throw notNames(text);
        }
        if (name) {
          names.add(tokens.get(i).value());
        }
      }
      if (tokens.size() % 2 == 0) {
        throw notNames(text);
      }
      return names;
    } catch (SqlSyntaxException e) {
      throw notNames(text);
    }
  }

  private static PgmendException notNames(String text) {
    return new PgmendException(
        Kind.USAGE,
        "--columns: \"%s\" is not a list of columns".formatted(text),
        "Write a,b; put names with other characters in double quotes.");
  }
}
