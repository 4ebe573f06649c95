package dev.pgmend.journal;

/// One step of an undo or of settling, as it stands in the journal.
///
/// @param sql the statement; for a sequence to carry the two names, a newline between them
/// @param check for [Kind#EXPECT] and [Kind#UNCHANGED]: a query for the number of rows that the statement has to touch
public record UndoStep(Kind kind, String title, String sql, String check) {
  /// What to do with the step.
  public enum Kind {
    /// Run the statement.
    SQL,
    /// Run the statement and compare the rows it touched with the check's number.
    EXPECT,
    /// The same, but left out if there are changes made since and the user has said what is to become of them: then the steps of kind
    /// [#DISCARD] or [#KEEP] do it.
    UNCHANGED,
    /// Run the statement only if changes made since may be lost.
    DISCARD,
    /// Run the query for the number of rows that others have changed since; go on only if there are none, or if the user has said what
    /// is to become of them. The statement is a query for some of their keys.
    CHANGED,
    /// Run the statement only if rows that others have changed since are to stay.
    KEEP,
    /// The rows that the run has touched: the title is the table, the statement holds the names of the tables with what they were and
    /// what they became, a newline between them, the check the columns of the key.
    ROWS,
    /// Run the query and go on only if it returns 0.
    NONE,
    /// Run the query and go on only if it returns no more than the number that stands as the statement, or if rows written since
    /// may be left behind.
    NO_MORE,
    /// Move a sequence (its name is the statement) back, if it still stands where the restore had put it; the check holds
    /// `last called` of then and `last called` of before.
    MOVE_SEQUENCE,
    /// Take an index of a partitioned table away (its name is the statement, the table's the check) if nothing is attached to it; if
    /// something is, the title is true.
    ASIDE,
    /// Make the index again that a step of kind [#ASIDE] took away; its name is the statement.
    PUT_BACK,
    /// Carry the position of one sequence to another.
    CARRY,
    /// Remove the large objects that the restore had brought back, if they are still what they were then; the statement is the
    /// name of the table with their contents.
    LARGE_OBJECTS,
    /// Lend the owner of a relation (its name is the statement) the rights on it that he lacks, for the transaction.
    LEND,
    /// Validate a foreign key, after the transaction.
    VALIDATE
  }

  public static UndoStep sql(String title, String sql) {
    return new UndoStep(Kind.SQL, title, sql, "");
  }
}
