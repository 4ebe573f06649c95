package dev.pgmend.cli;

import dev.pgmend.restore.TableSelection;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Which tables a command takes from a backup, with those that foreign keys tie to them.
final class SelectionOptions {
  @Mixin private PatternOptions patterns = new PatternOptions();

  @Option(
      names = "--with-parents",
      description = "With the tables that they refer to by foreign keys, and so on.")
  private boolean withParents;

  @Option(
      names = "--with-children",
      description = "With the tables that refer to them by foreign keys, and so on.")
  private boolean withChildren;

  TableSelection with(List<String> tables) {
    return patterns.with(tables, withParents, withChildren);
  }
}
