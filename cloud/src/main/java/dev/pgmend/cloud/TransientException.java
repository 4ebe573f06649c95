package dev.pgmend.cloud;

import java.io.IOException;
import java.time.Duration;

/// A server that asks to come back later: it is overloaded, or being restarted.
public final class TransientException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration pause;

  /// @param pause how long the server wants to be left alone; zero if it does not say
  public TransientException(String message, Duration pause) {
    super(message);
    this.pause = pause;
  }

  Duration pause() {
    return pause;
  }
}
