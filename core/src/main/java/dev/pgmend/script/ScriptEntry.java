package dev.pgmend.script;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One object of a script, in the terms of an archive's table of contents: what pg_dump would have written there, as far as the SQL
/// tells.
///
/// @param id counts from 1 in the script's order
/// @param stage the name of the archive's section
/// @param copyStmt of data that is INSERT statements, the COPY that would load the same
/// @param defaulted which values of an INSERT, counted from 0, are DEFAULT: those of generated columns
/// @param dependencies ids of earlier entries that the SQL refers to
/// @param offset where the first statement begins
/// @param rows where the rows are; empty for everything but data, and for data without any
public record ScriptEntry(
    int id,
    String desc,
    String namespace,
    String tag,
    String stage,
    String defn,
    String dropStmt,
    @Nullable String copyStmt,
    List<Integer> defaulted,
    String tablespace,
    String tableAccessMethod,
    String owner,
    List<Integer> dependencies,
    long offset,
    List<Rows> rows) {

  public ScriptEntry {
    defaulted = List.copyOf(defaulted);
    dependencies = List.copyOf(dependencies);
    rows = List.copyOf(rows);
  }

  /// Rows in the script, or the statements that fill large objects. Rows of COPY are followed by the line `\.`, which is not among them.
  ///
  /// @param count how many, -1 if that is not known before they are read
  /// @param inserts whether they are INSERT statements
  public record Rows(long offset, long length, long count, boolean inserts) {}
}
