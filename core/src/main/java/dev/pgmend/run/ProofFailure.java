package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.load.DifferingRows;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rows are not what they were proved or meant to be.
public class ProofFailure extends PgmendException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable DifferingRows rows;

  ProofFailure(String message, @Nullable String hint, Optional<DifferingRows> rows) {
    super(Kind.MISMATCH, message, hint);
    this.rows = rows.orElse(null);
  }

  /// {@return the rows that differ, if they were found}
  public Optional<DifferingRows> rows() {
    return Optional.ofNullable(rows);
  }

  /// {@return the rows that a failure, or what it was caused by, says to differ}
  public static Optional<DifferingRows> rows(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProofFailure proof && proof.rows().isPresent()) {
        return proof.rows();
      }
    }
    return Optional.empty();
  }
}
