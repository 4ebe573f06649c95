package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.archive.DatabaseChoice.Candidate;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Ownership;
import dev.pgmend.inspect.Inspector;
import dev.pgmend.inspect.Overview;
import dev.pgmend.inspect.TableDetail;
import dev.pgmend.plan.Definitions;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.restore.TableNames;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows what an archive holds.
@Command(
    name = "inspect",
    description = "Show what a backup holds: its tables, and what each brings along.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:shown", "2:no such table", "3:the backup cannot be read"})
final class InspectCommand implements Callable<Integer> {
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
      description = "Show these tables with everything by name.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--sql",
      paramLabel = "OBJECT",
      description =
          "Print the definition of something that is no table, with its owner, comment and grants, as psql takes it: schema.name, schema.function(arguments), or a schema; can be given several times.")
  private List<String> objects = new ArrayList<>();

  @Option(names = "--json", description = "For machines.")
  private boolean json;

  @Mixin private BackupOptions backup = new BackupOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<Overview> databases = new ArrayList<>();
    try (Archive archive = backup.open(file, (path, all) -> choose(path, all, databases))) {
      if (!databases.isEmpty()) {
        if (json) {
          InspectJson.databases(out, databases);
        } else {
          new InspectPrinter(out).databases(databases);
        }
        out.flush();
        return 0;
      }
      if (!objects.isEmpty()) {
        definitions(archive, out);
        return 0;
      }
      TableNames names = new TableNames(archive.toc());
      Inspector inspector = new Inspector(archive);
      List<TableDetail> details =
          tables.stream().map(names::find).distinct().map(inspector::detail).toList();
      Overview overview = inspector.overview();
      if (json && tables.isEmpty()) {
        InspectJson.overview(out, overview);
      } else if (json) {
        InspectJson.details(out, overview, details);
      } else {
        InspectPrinter printer = new InspectPrinter(out);
        printer.archive(overview);
        if (tables.isEmpty()) {
          printer.tables(overview);
        }
        details.forEach(printer::detail);
      }
      out.flush();
      return 0;
    }
  }

  private void definitions(Archive archive, PrintWriter out) {
    if (json || !tables.isEmpty()) {
      throw new PgmendException(Kind.USAGE, "--sql goes neither with --json nor with tables");
    }
    Definitions definitions =
        new Definitions(
            new EntrySql(archive.toc().standardConformingStrings()),
            archive.toc().entries(),
            new Ownership(archive.toc()));
    for (String object : objects) {
      List<Entry> entries = definitions.named(object);
      if (entries.isEmpty()) {
        throw new PgmendException(
            Kind.USAGE,
            "the backup has nothing of the name %s".formatted(object),
            "It is written without quotes, and a function with its arguments: app.f(integer,text). Tables are written by pgmend extract.");
      }
      entries.forEach(entry -> definitions.of(entry, false, false).forEach(out::println));
    }
    out.flush();
  }

  /// Tables are looked for in all databases; without any, all databases are shown.
  private Archive choose(String path, List<Candidate> candidates, List<Overview> databases) {
    if (candidates.size() == 1 || !tables.isEmpty() || !objects.isEmpty()) {
      return DatabaseChoice.holding(toc -> tables.stream().allMatch(new TableNames(toc)::has))
          .choose(path, candidates);
    }
    Archive last = null;
    for (Candidate candidate : candidates) {
      last = candidate.archive().get();
      databases.add(new Inspector(last).overview());
    }
    return Objects.requireNonNull(last);
  }
}
