package dev.pgmend.diff;

import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// How the rows of one table differ from the backup's.
///
/// @param table the table; a partitioned one with all its partitions
/// @param gone whether the target does not have it; all rows are then missing
/// @param key the columns that tell rows apart, empty where the table has no usable key: rows are then only missing or newer
/// @param backupRows how many rows the backup has
/// @param missing rows that the backup has and the table does not
/// @param changed rows that both have, with other values
/// @param newer rows that the table has and the backup does not
/// @param changedColumns in how many of the changed rows each column differs, in the backup's order
/// @param notes what was compared otherwise than as it stands, in words
/// @param samples a few rows of each kind, in the key's order
public record RowDiff(
    QualifiedName table,
    boolean gone,
    List<String> key,
    long backupRows,
    long missing,
    long changed,
    long newer,
    SequencedMap<String, Long> changedColumns,
    List<String> notes,
    List<Sample> samples) {
  public RowDiff {
    key = List.copyOf(key);
    notes = List.copyOf(notes);
    samples = List.copyOf(samples);
  }

  /// {@return whether the rows are the backup's}
  public boolean same() {
    return missing + changed + newer == 0 && !gone;
  }

  /// How a row differs.
  public enum Kind {
    MISSING,
    CHANGED,
    NEWER;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// A row that differs.
  ///
  /// @param values of a missing or newer row all its columns, of a changed one the key and what differs
  public record Sample(Kind kind, List<Value> values) {
    public Sample {
      values = List.copyOf(values);
    }
  }

  /// A value of a row as PostgreSQL's text, cut off where it is long; null for NULL and for the side that has no such row.
  ///
  /// @param differs whether it is one of those by which a changed row differs
  public record Value(
      String column, @Nullable String backup, @Nullable String live, boolean differs) {}
}
