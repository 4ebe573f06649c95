package dev.pgmend.plan;

import java.util.List;
import java.util.Optional;

/// Which rows of its tables a mend may touch, and how many.
///
/// @param rows the kinds of difference that are put right
/// @param where SQL that holds for the rows that are meant: the backup's, and live ones that the backup does not have; "" for all
/// @param columns the only columns of a changed row that are put back, empty for all
/// @param limit how many rows may change, if there is a limit
/// @param conflicts what to do about rows that someone writes between the comparison and the change
/// @param triggers whether the live table's triggers run
public record RowPolicy(
    Rows rows,
    String where,
    List<String> columns,
    Optional<Limit> limit,
    Conflicts conflicts,
    Triggers triggers) {
  /// The rows exactly as in the backup.
  public static final RowPolicy EXACT = of(Rows.EXACT);

  /// The kinds of difference that are put right.
  public enum Rows {
    /// Nobody has said so: rows that are lost come back, and any other difference is a refusal.
    UNDECIDED,
    /// Rows come back whose key is not there and that others, which come back, refer to. Nobody asks for it: it is what becomes of
    /// parents.
    REFERRED,
    /// Only rows that would lose their parents are removed or changed. Nobody asks for it: it is what becomes of children.
    ORPHANED,
    /// Rows come back whose key is not there.
    MISSING,
    /// These, and rows of the same key whose image differs are changed back.
    CHANGED,
    /// These, and rows that the backup does not have go.
    EXACT;

    /// {@return whether rows that the backup has otherwise are looked for}
    public boolean changes() {
      return this != MISSING && this != REFERRED;
    }

    /// {@return whether rows that the backup does not have are looked for}
    public boolean drops() {
      return this == EXACT || this == UNDECIDED;
    }
  }

  /// What to do about a row whose live image is another one when the change is made than when it was compared.
  public enum Conflicts {
    /// Change nothing at all.
    FAIL,
    /// Leave the row as it is.
    KEEP_LIVE,
    /// Put the backup's row over it; the undo has what was there.
    TAKE_BACKUP
  }

  /// What the change does to the table's triggers.
  public enum Triggers {
    /// They are disabled for the transaction, which keeps writers out.
    SUPPRESS,
    /// They run.
    FIRE
  }

  /// The most rows of a table that may be brought back, changed and removed together.
  ///
  /// @param percent whether the number is one of hundredths of the backup's rows
  public record Limit(long number, boolean percent) {
    /// {@return the most rows of a table of which the backup has so many}
    public long of(long backup) {
      return percent ? Math.multiplyExact(backup, number) / 100 : number;
    }

    @Override
    public String toString() {
      return number + (percent ? "%" : "");
    }
  }

  public RowPolicy {
    columns = List.copyOf(columns);
  }

  public static RowPolicy of(Rows rows) {
    return new RowPolicy(rows, "", List.of(), Optional.empty(), Conflicts.FAIL, Triggers.SUPPRESS);
  }

  /// {@return the policy for tables that only rows come back of which others refer to}
  RowPolicy forParents() {
    return new RowPolicy(Rows.REFERRED, "", List.of(), limit, conflicts, triggers);
  }

  /// {@return the policy for tables of which only such rows are touched as would lose their parents}
  RowPolicy forChildren() {
    return new RowPolicy(Rows.ORPHANED, "", List.of(), limit, conflicts, triggers);
  }

  /// {@return whether it says more than that the table is to be as in the backup}
  public boolean narrows() {
    return rows == Rows.MISSING || rows == Rows.CHANGED || !where.isEmpty() || !columns.isEmpty();
  }
}
