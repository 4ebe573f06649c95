package dev.pgmend.assess;

import dev.pgmend.diff.RowDiff;
import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a database has lost since a backup.
///
/// @param losses what is gone or otherwise, rows aside
/// @param rows tables whose rows are not the backup's
/// @param tables how many tables of the backup were looked at
/// @param objects how many other objects
/// @param unknown what could not be looked at, and why
/// @param restore the tables that one restore has to name to bring everything back that a restore brings back
/// @param redefined whether one of these is defined otherwise today, so that the restore has to be told to mend
/// @param cut tables that lack a column of the backup: what is to become of its values is for the user to say
public record Assessment(
    List<Loss> losses,
    List<RowDiff> rows,
    int tables,
    int objects,
    List<String> unknown,
    List<QualifiedName> restore,
    boolean redefined,
    Set<QualifiedName> cut) {
  public Assessment {
    losses = List.copyOf(losses);
    rows = List.copyOf(rows);
    unknown = List.copyOf(unknown);
    restore = List.copyOf(restore);
    cut = Set.copyOf(cut);
  }

  /// {@return whether anything is lost: objects, definitions, rights or rows}
  public boolean intact() {
    return losses.isEmpty() && rows.stream().noneMatch(Assessment::lostRows);
  }

  /// {@return whether rows are missing; without a key, a row that was changed is one, too}
  public static boolean lostRows(RowDiff diff) {
    return lost(diff) > 0;
  }

  /// {@return how many rows are missing}
  public static long lost(RowDiff diff) {
    return diff.missing();
  }

  /// {@return whether it can be told that rows are missing and not only changed}
  public static boolean certain(RowDiff diff) {
    return diff.gone() || !diff.key().isEmpty() || diff.newer() == 0;
  }

  /// {@return whether the restore brings the missing rows back}
  public boolean comesBack(RowDiff diff) {
    return certain(diff) && !cut.contains(diff.table());
  }

  /// What became of something.
  public enum Kind {
    GONE,
    /// Its definition is another one.
    CHANGED,
    /// Somebody has lost rights on it, or it has another owner.
    RIGHTS,
    /// A sequence that would hand out values again.
    BEHIND
  }

  /// Something that is lost.
  ///
  /// @param what the object in words
  /// @param detail how it is, and how the backup has it; what went with it; "" for nothing more
  /// @param table the table whose restore brings it back, empty where none does
  public record Loss(Kind kind, String what, String detail, Optional<QualifiedName> table) {}
}
