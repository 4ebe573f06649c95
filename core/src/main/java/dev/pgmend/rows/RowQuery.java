package dev.pgmend.rows;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which rows of a table are asked for.
///
/// @param columns the columns to show, as the catalog has their names; none means all
/// @param where SQL of a boolean expression over the row's columns, null for all rows
/// @param limit how many rows at most
public record RowQuery(List<String> columns, @Nullable String where, long limit) {
  public RowQuery {
    columns = List.copyOf(columns);
  }
}
