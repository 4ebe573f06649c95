package dev.pgmend.cloud;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/// How often and how soon something is tried again that failed for a reason that may pass. The pause doubles each time, and a random
/// part of it keeps many readers from coming back at once.
///
/// @param attempts how many failures in a row are too many
/// @param first the longest pause after the first failure
/// @param longest no pause is longer
public record Retry(int attempts, Duration first, Duration longest) {
  /// Gives up after about ten seconds of pauses.
  public static final Retry USUAL = new Retry(7, Duration.ofMillis(200), Duration.ofSeconds(10));

  /// Something that can be done again.
  @FunctionalInterface
  public interface Attempt<T> {
    T run() throws IOException;
  }

  /// {@return what the attempt gives that succeeds}
  ///
  /// @param what is read, for messages
  public <T> T run(String what, Attempt<T> attempt) {
    for (int failures = 0; ; ) {
      try {
        return attempt.run();
      } catch (IOException e) {
        pause(what, ++failures, e);
      }
    }
  }

  /// Waits before the next attempt.
  ///
  /// @param failures how many there were in a row
  void pause(String what, int failures, IOException failure) {
    if (failures >= attempts || isFinal(failure)) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: cannot read: %s%s"
              .formatted(what, reason(failure), failures > 1 ? ", " + failures + " times" : ""),
          "Run the command again when the connection works; nothing was changed.",
          failure);
    }
    long limit = Math.min(longest.toMillis(), first.toMillis() << (failures - 1));
    long millis = limit / 2 + ThreadLocalRandom.current().nextLong(limit / 2 + 1);
    if (failure instanceof TransientException later) {
      millis = Math.max(millis, Math.min(longest.toMillis(), later.pause().toMillis()));
    }
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgmendException(Kind.INTERRUPTED, what + ": interrupted", null, e);
    }
  }

  private static boolean isFinal(IOException failure) {
    return failure instanceof SSLHandshakeException
        || failure instanceof SSLPeerUnverifiedException;
  }

  /// The JDK's exceptions say some of it in their names: `UnknownHostException: host`.
  private static String reason(IOException failure) {
    String kind = failure.getClass().getSimpleName();
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return kind;
    }
    boolean plain =
        failure.getClass() == IOException.class || failure instanceof TransientException;
    return plain ? message : kind + ": " + message;
  }
}
