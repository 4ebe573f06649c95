package dev.pgmend.cloud.http;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Failures;
import dev.pgmend.content.Location;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An address of a web server, with the user and password that were given in it.
final class WebAddress {
  private static final Set<Integer> MOVED = Set.of(301, 302, 303, 307, 308);
  private static final int MOVES_MAX = 5;

  private final Http http;
  private final String name;
  private final URI address;
  private final @Nullable String authorization;

  WebAddress(Http http, Location location) {
    this.http = http;
    this.name = location.name();
    String rest = location.rest();
    int slash = rest.indexOf('/');
    int at = rest.lastIndexOf('@', slash < 0 ? rest.length() : slash);
    authorization = at < 0 ? null : "Basic " + basic(rest.substring(0, at));
    try {
      address = new URI(location.scheme() + "://" + rest.substring(at + 1));
      if (address.getHost() == null) {
        throw new URISyntaxException("", "");
      }
    } catch (URISyntaxException _) {
      // Its message has the whole address.
      throw new PgmendException(
          Kind.USAGE,
          name + ": is not an address",
          "Encode blanks and other special characters: %20 for a blank.");
    }
  }

  /// Asks the server, and the one that it points to. What the user and password are for is told to the first one only.
  Answer get(Map<String, String> headers) throws IOException {
    URI from = address;
    for (int moves = 0; ; moves++) {
      Map<String, String> all = new HashMap<>(headers);
      if (authorization != null && from.getAuthority().equals(address.getAuthority())) {
        all.put("Authorization", authorization);
      }
      Answer answer = http.get(from, all);
      String target = answer.header("Location");
      if (!MOVED.contains(answer.status()) || target == null) {
        return answer;
      }
      answer.close();
      URI next;
      try {
        next = from.resolve(new URI(target));
      } catch (URISyntaxException _) {
        throw Failures.unexpected(name, "the server points to something that is no address");
      }
      boolean safe =
          "https".equals(next.getScheme())
              || ("http".equals(next.getScheme()) && "http".equals(from.getScheme()));
      if (!safe || moves == MOVES_MAX) {
        throw Failures.unexpected(
            name,
            safe
                ? "the server points elsewhere too often"
                : "the server points to an unsafe address");
      }
      from = next;
    }
  }

  /// {@return what to say of an answer that gives nothing}
  static PgmendException refused(String name, Answer answer) {
    return switch (answer.status()) {
      case 401, 403, 407 ->
          Failures.denied(
              name,
              "status " + answer.status(),
              "Give user and password as https://user:password@host/..., or a signed address that has not expired.");
      case 404, 410 -> Failures.missing(name);
      default -> Failures.unexpected(name, "the server answered with status " + answer.status());
    };
  }

  private static String basic(String user) {
    String decoded = java.net.URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
    return Base64.getEncoder().encodeToString(decoded.getBytes(StandardCharsets.UTF_8));
  }
}
