package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LargeObjects;
import dev.pgmend.closure.Entries;
import dev.pgmend.extract.Extraction;
import dev.pgmend.extract.Extractor;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.restore.TableSelection;
import dev.pgmend.rows.RowQuery;
import dev.pgmend.rows.TableRows;
import dev.pgmend.sql.QualifiedName;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Takes tables out of a backup into a smaller one.
@Command(
    name = "extract",
    description =
        "Write tables of a backup, with what belongs to them and what they need, to a smaller one. Touches no server.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:written, and read back",
      "2:the request makes no sense; what is there is never overwritten",
      "3:the backup cannot be used",
      "7:what was written is not what was read; it was removed",
      "8:the output cannot be written; nothing is left of it"
    })
final class ExtractCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "The backup: output of pg_dump, packed or not; an s3:, gs:, az: or https: location; postgresql://user@host/dbname for a live database; - reads a pipe.")
  private String file = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "TABLE",
      description =
          "Tables to take: name, schema.name or a pattern with * and ?, quoted as in psql.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description =
          "What to write: name.sql for a script, name.dump for an archive in one file, name.csv for the rows of one table, name/ for an archive in a directory; - for a script on the output.")
  private String out = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "sql, custom, csv or directory, whatever the name says.")
  private @Nullable String format;

  @Mixin private SelectionOptions selectionOptions = new SelectionOptions();

  @Option(
      names = "--self-contained",
      description =
          "Leave out what refers to other tables (foreign keys, views ...), so that it can be restored into an empty database.")
  private boolean selfContained;

  @Mixin private BackupOptions backup = new BackupOptions();

  @Mixin private JsonOption json = new JsonOption();
  @Spec private CommandSpec spec = CommandSpec.create();

  /// How many rows of each table were written.
  private final Map<QualifiedName, Long> extracted = new LinkedHashMap<>();

  @Override
  public Integer call() {
    String kind = format();
    PrintWriter err = spec.commandLine().getErr();
    TableSelection selection = selectionOptions.with(tables);
    try (Archive archive = backup.open(file, selection)) {
      SequencedSet<QualifiedName> chosen = selection.of(archive.toc());
      if (json.given() && out.equals("-")) {
        throw new PgmendException(
            Kind.USAGE, "--json and the extract cannot both go to the output", "Name a file: -o.");
      }
      if (kind.equals("csv")) {
        csv(archive, chosen, err);
      } else {
        backup(archive, chosen, Extractor.Format.valueOf(kind.toUpperCase(Locale.ROOT)), err);
      }
      backup.tell(archive, err);
      if (json.given()) {
        json(kind);
      }
      return 0;
    }
  }

  private void json(String kind) {
    PrintWriter standard = spec.commandLine().getOut();
    Json.write(
        standard,
        object ->
            object
                .text("out", out)
                .text("format", kind)
                .objects(
                    "tables",
                    extracted.entrySet(),
                    table -> object.name(table.getKey()).number("rows", table.getValue())));
    standard.flush();
  }

  private String format() {
    String wanted = format == null ? byName() : format;
    if (List.of("sql", "custom", "csv", "directory").contains(wanted)) {
      return wanted;
    }
    throw new PgmendException(
        Kind.USAGE,
        wanted.isEmpty()
            ? "%s does not say what to write".formatted(out)
            : "unknown value \"%s\" for --format".formatted(wanted),
        "Known: sql, custom, csv, directory; or a name that ends in .sql, .dump, .csv or /.");
  }

  private String byName() {
    if (out.equals("-") || out.endsWith(".sql")) {
      return "sql";
    }
    return out.endsWith(".dump")
        ? "custom"
        : out.endsWith(".csv") ? "csv" : out.endsWith("/") ? "directory" : "";
  }

  private void backup(
      Archive archive, SequencedSet<QualifiedName> chosen, Extractor.Format kind, PrintWriter err) {
    Extraction extraction = Extraction.of(archive, chosen, selfContained);
    Extractor extractor = new Extractor(extraction);
    Map<QualifiedName, RowSet> written =
        out.equals("-") ? extractor.write(kind, System.out) : extractor.write(kind, Path.of(out));
    if (System.out.checkError()) {
      throw new PgmendException(
          Kind.TARGET,
          "the output cannot be written: nobody reads it any more, or the disk is full");
    }
    written.forEach((table, rows) -> {
      extracted.put(table, rows.count());
      err.printf("%s: %s%n", Names.of(table), count(rows.count()));
    });
    notes(extraction, err);
  }

  private static String count(long rows) {
    return rows == 1 ? "1 row" : rows + " rows";
  }

  private void notes(Extraction extraction, PrintWriter err) {
    extraction
        .withoutRows()
        .forEach((Entry table) ->
            err.printf("NOTE: the backup has no rows of %s%n", Names.of(Entries.name(table))));
    if (!extraction.open().isEmpty()) {
      err.printf(
          "NOTE: %s what refers to tables that were not asked for:%n",
          selfContained ? "left out" : "includes");
      extraction
          .open()
          .forEach((Entry entry, Entry need) ->
              err.printf(
                  "  %s: %s%n",
                  Printable.of(Extraction.describe(entry)),
                  Printable.of(Extraction.describe(need))));
      if (!selfContained) {
        err.println(
            "HINT: Where these tables are not there, restore an extract made with --self-contained, or with --with-parents.");
      }
    }
    if (!LargeObjects.of(extraction.archive().toc()).isEmpty()) {
      err.println("NOTE: large objects that rows may name are not extracted");
    }
    err.flush();
  }

  private void csv(Archive archive, SequencedSet<QualifiedName> chosen, PrintWriter err) {
    if (chosen.size() != 1) {
      throw new PgmendException(
          Kind.USAGE,
          "the rows of %d tables do not fit into one CSV file".formatted(chosen.size()),
          "Name one table.");
    }
    TableRows rows = new TableRows(archive, chosen.getFirst());
    extracted.put(chosen.getFirst(), 0L);
    if (out.equals("-")) {
      csv(rows, System.out, err);
      return;
    }
    Path target = Path.of(out);
    try (PrintStream stream = create(target)) {
      csv(rows, stream, err);
    } catch (FileAlreadyExistsException e) {
      throw new PgmendException(
          Kind.USAGE,
          "%s is there already; it was not touched".formatted(target),
          "Name another file, or remove it.",
          e);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.TARGET, "%s cannot be written: %s".formatted(target, e), null, e);
    } catch (PgmendException failure) {
      remove(target);
      throw failure;
    }
  }

  private static PrintStream create(Path target) throws IOException {
    return new PrintStream(
        Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        false,
        StandardCharsets.UTF_8);
  }

  private void csv(TableRows rows, PrintStream stream, PrintWriter err) {
    RowsCsv printer = new RowsCsv(new ByteOutput(stream));
    TableRows.Found found =
        rows.read(
            new RowQuery(List.of(), null, Long.MAX_VALUE),
            (_, _) -> {
              throw new IllegalStateException("no predicate, no server");
            },
            printer);
    printer.finish();
    extracted.replaceAll((_, _) -> found.rows());
    err.println(count(found.rows()));
    err.flush();
  }

  private static void remove(Path target) {
    try {
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.TARGET, "%s cannot be removed: %s".formatted(target, e), null, e);
    }
  }
}
