package dev.pgmend.postgres;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyOut;

/// An open COPY … TO STDOUT, read row by row. Closing it before the last row cancels it.
public final class CopySource implements AutoCloseable {
  private final String sql;
  private final CopyOut copy;
  private final Interruption interruption;

  CopySource(String sql, CopyOut copy, Interruption interruption) {
    this.sql = sql;
    this.copy = copy;
    this.interruption = interruption;
  }

  /// {@return the next row with its newline, null after the last}
  public byte @Nullable [] next() {
    try {
      return copy.readFromCopy();
    } catch (SQLException e) {
      throw interruption.failure(sql, e);
    }
  }

  /// {@return how many rows the server says it has sent; to be asked after the last}
  long rows() {
    return copy.getHandledRowCount();
  }

  @Override
  public void close() {
    if (copy.isActive()) {
      try {
        copy.cancelCopy();
      } catch (SQLException e) {
        // Nobody reads on: whatever is wrong with the connection shows in its next statement.
        return;
      }
    }
  }
}
