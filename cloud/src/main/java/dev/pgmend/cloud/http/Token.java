package dev.pgmend.cloud.http;

import dev.pgmend.cloud.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A token of OAuth 2, which is good for some time.
///
/// @param value what `Authorization: Bearer` takes
public record Token(String value, Instant expires) {
  /// Renewed that long before it expires.
  private static final Duration MARGIN = Duration.ofMinutes(3);

  private static final long USUAL_SECONDS = 3600;

  /// {@return the token in the answer of a server that gives them}
  /// @throws IllegalArgumentException if there is none in it
  public static Token of(JsonObject answer) {
    long seconds =
        answer
            .find("expires_in")
            .filter(text -> text.matches("[0-9]{1,9}"))
            .map(Long::parseLong)
            .orElse(USUAL_SECONDS);
    return new Token(answer.text("access_token"), Instant.now().plusSeconds(seconds));
  }

  private boolean isFresh() {
    return Instant.now().plus(MARGIN).isBefore(expires);
  }

  /// Where tokens come from.
  @FunctionalInterface
  public interface Source {
    /// {@return a new token, null if requests go without one}
    @Nullable Token request() throws IOException;
  }

  /// Keeps a token until it has to be renewed.
  public static final class Kept {
    private final Source source;
    private @Nullable Token token;
    private boolean asked;

    public Kept(Source source) {
      this.source = source;
    }

    /// {@return what the header `Authorization` takes, null for a request without one}
    public synchronized @Nullable String authorization() throws IOException {
      Token current = token;
      if (!asked || (current != null && !current.isFresh())) {
        current = source.request();
        token = current;
        asked = true;
      }
      return current == null ? null : "Bearer " + current.value();
    }
  }
}
