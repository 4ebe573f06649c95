package dev.pgmend.run;

import dev.pgmend.sql.QualifiedName;

/// How many rows of a table a mend would change, as they were when they were compared.
///
/// @param come rows that are lost and come back
/// @param change rows that are changed back
/// @param go rows that are removed
public record RowChange(QualifiedName table, long come, long change, long go) {
  /// {@return the counts, for people}
  @Override
  public String toString() {
    return "%s: %s to bring back, %d to change back, %d to remove"
        .formatted(table, come == 1 ? "1 row" : come + " rows", change, go);
  }
}
