package dev.pgmend.sql;

import java.util.ArrayList;
import java.util.List;

/// Cuts a table into ranges of its pages, by ctid. The server reads such a range without the pages before it since 14.
public final class PageRanges {
  private PageRanges() {}

  /// {@return conditions, each of which holds for a part of the rows} The first and the last one have no bound, so that nothing is left out
  /// of a table that grows.
  ///
  /// @param pages how many the table has
  /// @param parts two or more
  public static List<String> of(long pages, int parts) {
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      String from = "ctid >= '(%d,0)'::pg_catalog.tid".formatted(pages * i / parts);
      String to = "ctid < '(%d,0)'::pg_catalog.tid".formatted(pages * (i + 1) / parts);
      ranges.add(i == 0 ? to : i == parts - 1 ? from : from + " AND " + to);
    }
    return ranges;
  }
}
