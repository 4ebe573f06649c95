package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Optional;

/// What to do where a table that is mended has other columns than in the backup.
///
/// @param renames columns that have another name today
/// @param drop whether the backup's values of columns that are gone may be left out
/// @param acceptCasts whether values may lose something where the type of a column is another one today
public record ColumnPolicy(List<Rename> renames, boolean drop, boolean acceptCasts) {
  /// Columns go by their names, and nothing is lost.
  public static final ColumnPolicy NONE = new ColumnPolicy(List.of(), false, false);

  /// A column that was renamed since the backup.
  ///
  /// @param table the table, with its partitions and children; empty for any that has the column
  /// @param from its name in the backup
  /// @param to its name in the target
  public record Rename(Optional<QualifiedName> table, String from, String to) {}

  public ColumnPolicy {
    renames = List.copyOf(renames);
  }

  /// {@return whether it says anything that only a mend can do}
  public boolean says() {
    return !renames.isEmpty() || drop || acceptCasts;
  }
}
