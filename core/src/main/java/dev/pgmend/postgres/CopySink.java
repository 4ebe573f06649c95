package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import java.sql.SQLException;
import org.postgresql.copy.CopyIn;

/// An open COPY … FROM STDIN. Closing it without [#finish] cancels it: the server then discards every row.
public final class CopySink implements AutoCloseable {
  private final String sql;
  private final CopyIn copy;
  private final Interruption interruption;

  CopySink(String sql, CopyIn copy, Interruption interruption) {
    this.sql = sql;
    this.copy = copy;
    this.interruption = interruption;
  }

  /// Sends bytes; message boundaries need not be row boundaries.
  public void write(byte[] buffer, int offset, int length) {
    interruption.check();
    try {
      copy.writeToCopy(buffer, offset, length);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /// Ends the COPY and returns the number of rows that the server says it took.
  public long finish() {
    try {
      return copy.endCopy();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private PgmendException failure(SQLException e) {
    // A COPY that the server has refused shows only as a broken pipe on our side; the reason comes
    // when it is ended.
    if (copy.isActive()) {
      try {
        copy.endCopy();
      } catch (SQLException reason) {
        reason.addSuppressed(e);
        return interruption.failure(sql, reason);
      }
    }
    return interruption.failure(sql, e);
  }

  @Override
  public void close() {
    if (copy.isActive()) {
      try {
        copy.cancelCopy();
      } catch (SQLException e) {
        // The COPY is over one way or the other: the transaction that it belongs to is being rolled
        // back.
        return;
      }
    }
  }
}
