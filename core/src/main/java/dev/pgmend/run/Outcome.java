package dev.pgmend.run;

import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What a run did.
///
/// @param run its name, for status, undo and clean
/// @param proofs the rows of every table, as counted and hashed
/// @param changes how many rows of each mended table were changed
/// @param whole whether the tables are what the backup says, and not only the rows that the user has asked for
/// @param exceptions what of the restored rows of a table is not the backup's value, and why, in words
/// @param locked how long the cutover's transaction took, and so how long its locks can have been held at most
/// @param open foreign keys that are not validated, with the reason
public record Outcome(
    Status status,
    String run,
    List<Proved> proofs,
    List<Change> changes,
    boolean whole,
    Map<QualifiedName, String> exceptions,
    Duration locked,
    List<String> open,
    List<String> notes) {

  /// How it ended.
  public enum Status {
    /// The tables are what the backup says, proved.
    DONE,
    /// They were already; nothing was changed and nothing is kept.
    NOTHING_TO_DO,
    /// They are, but a foreign key could not be validated.
    UNSETTLED
  }

  public Outcome {
    proofs = List.copyOf(proofs);
    changes = List.copyOf(changes);
    exceptions = Map.copyOf(exceptions);
    open = List.copyOf(open);
    notes = List.copyOf(notes);
  }

  /// How many rows of a table were taken out, changed and brought back.
  public record Change(String table, long removed, long changed, long restored) {}
}
