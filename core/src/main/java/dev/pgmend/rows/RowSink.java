package dev.pgmend.rows;

import java.util.List;

/// Takes rows as they are found, in the archive's order.
public interface RowSink {
  /// The names of the columns, once and before any row.
  void columns(List<String> names);

  /// The next row. The values are valid only until this returns.
  void row(Values row);
}
