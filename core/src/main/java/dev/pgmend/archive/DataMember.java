package dev.pgmend.archive;

import dev.pgmend.script.ScriptEntry.Rows;
import java.util.List;

/// Where the data of an entry is.
public sealed interface DataMember {
  /// The entry has no data.
  record None() implements DataMember {}

  /// In a block of a custom archive, `offset` bytes from its start.
  record AtOffset(long offset) implements DataMember {}

  /// In a block of a custom archive that was written to a pipe, so that its place is not known
  /// before the blocks are looked through.
  record OffsetUnknown() implements DataMember {}

  /// In a file of a directory archive; the name has no compression suffix.
  record InFile(String name) implements DataMember {}

  /// In a script, in one place or several.
  ///
  /// @param defaulted which values of an INSERT, counted from 0, are DEFAULT
  record InScript(List<Rows> rows, List<Integer> defaulted) implements DataMember {
    public InScript {
      rows = List.copyOf(rows);
      defaulted = List.copyOf(defaulted);
    }
  }
}
