package dev.pgmend.live;

import dev.pgmend.PgmendException;
import org.jspecify.annotations.Nullable;

/// A standby had to take away what was being read. It may well succeed at another time, with another snapshot: everything has to be
/// read again.
public final class SourceConflict extends PgmendException {
  private static final long serialVersionUID = 1L;

  SourceConflict(String message, @Nullable String hint, @Nullable PgmendException cause) {
    super(Kind.SOURCE, message, hint, cause);
  }
}
