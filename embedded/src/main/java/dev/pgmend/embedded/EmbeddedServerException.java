package dev.pgmend.embedded;

import org.jspecify.annotations.Nullable;

/// A throwaway server could not be unpacked, started or stopped. The message says which step failed and
/// ends with the tail of the server's own output when there is any.
public final class EmbeddedServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EmbeddedServerException(String message) {
    this(message, null);
  }

  EmbeddedServerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
