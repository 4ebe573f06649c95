package dev.pgmend.cloud.http;

import dev.pgmend.cloud.TransientException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/// Sends requests. Answers that ask to come back later, and servers that fall silent, are [IOException]s.
public final class Http {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private static final Set<Integer> LATER = Set.of(408, 425, 429, 500, 502, 503, 504);

  private final HttpClient client;

  public Http(Map<String, String> environment) {
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(new EnvironmentProxies(environment))
            .build();
  }

  /// Gets what is at an address.
  ///
  /// @return whatever the server answers but for a request to come back later; to be closed
  public Answer get(URI address, Map<String, String> headers) throws IOException {
    return send(request(address, headers).GET().build());
  }

  /// Gets what is at an address, of which an answer is expected soon or never.
  public Answer get(URI address, Map<String, String> headers, Duration patience)
      throws IOException {
    return send(request(address, headers).timeout(patience).GET().build());
  }

  /// Posts a form.
  public Answer post(URI address, Map<String, String> form) throws IOException {
    return send(
        request(address, Map.of("Content-Type", "application/x-www-form-urlencoded"))
            .POST(HttpRequest.BodyPublishers.ofString(Query.of(form)))
            .build());
  }

  private static HttpRequest.Builder request(URI address, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address).timeout(ANSWER).header("User-Agent", "pgmend");
    headers.forEach(request::header);
    return request;
  }

  private Answer send(HttpRequest request) throws IOException {
    HttpResponse<InputStream> response;
    try {
      response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException e) {
      // The JDK's says neither where to nor why.
      boolean unknown =
          e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException;
      throw new IOException(
          "cannot connect to %s%s"
              .formatted(
                  request.uri().getAuthority().replaceFirst(".*@", ""),
                  unknown ? ", a host that is not known" : ""),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    if (LATER.contains(response.statusCode())) {
      response.body().close();
      throw new TransientException(
          request.uri().getHost() + " answered with status " + response.statusCode(),
          pause(response));
    }
    return new Answer(
        response.statusCode(),
        response.headers(),
        new GuardedInputStream(response.body(), SILENCE));
  }

  private static Duration pause(HttpResponse<?> response) {
    String seconds = response.headers().firstValue("Retry-After").orElse("");
    return seconds.matches("[0-9]{1,6}")
        ? Duration.ofSeconds(Long.parseLong(seconds))
        : Duration.ZERO;
  }
}
