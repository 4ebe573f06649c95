package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.archive.DatabaseChoice.Candidate;
import dev.pgmend.inspect.Inspector;
import dev.pgmend.inspect.Overview;
import dev.pgmend.inspect.TableDetail;
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

  /// Tables are looked for in all databases; without any, all databases are shown.
  private Archive choose(String path, List<Candidate> candidates, List<Overview> databases) {
    if (candidates.size() == 1 || !tables.isEmpty()) {
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
