package dev.pgmend.journal;

/// One step of an undo or of settling, as it stands in the journal.
///
/// @param sql the statement; for a sequence to carry the two names, a newline between them
/// @param check for [Kind#EXPECT]: a query for the number of rows that the statement has to touch
public record UndoStep(Kind kind, String title, String sql, String check) {
  /// What to do with the step.
  public enum Kind {
    /// Run the statement.
    SQL,
    /// Run the statement and compare the rows it touched with the check's number.
    EXPECT,
    /// Carry the position of one sequence to another.
    CARRY,
    /// Validate a foreign key, after the transaction.
    VALIDATE
  }

  public static UndoStep sql(String title, String sql) {
    return new UndoStep(Kind.SQL, title, sql, "");
  }
}
