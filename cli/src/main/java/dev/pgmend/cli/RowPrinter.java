package dev.pgmend.cli;

import dev.pgmend.rows.RowSink;

/// Prints rows as they come.
interface RowPrinter extends RowSink {
  /// Prints what is still to be printed; nothing comes after it.
  void finish();

  /// Prints the rows that are there, but nothing that would make them look like all of them: a failure follows.
  void abandon();
}
