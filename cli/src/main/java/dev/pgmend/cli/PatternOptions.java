package dev.pgmend.cli;

import dev.pgmend.restore.TableSelection;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// Which tables a command is about, besides those that it names one by one.
final class PatternOptions {
  @Option(names = "--schema", paramLabel = "PATTERN", description = "All tables of the schema.")
  private List<String> schemas = new ArrayList<>();

  @Option(names = "--exclude-table", paramLabel = "PATTERN", description = "But not these tables.")
  private List<String> excluded = new ArrayList<>();

  TableSelection with(List<String> tables) {
    return with(tables, false, false);
  }

  TableSelection with(List<String> tables, boolean parents, boolean children) {
    return new TableSelection(tables, schemas, excluded, parents, children);
  }
}
