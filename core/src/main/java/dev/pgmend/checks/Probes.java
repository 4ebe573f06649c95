package dev.pgmend.checks;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks web servers. Redirections are not followed: a login page is not the page that was asked for.
final class Probes {
  private static final long LARGEST = 1 << 20;
  private static final int SHOWN = 200;

  private Probes() {}

  /// {@return what is wrong, empty if what came back is what was expected}
  static Optional<String> ask(Check.Probe check) {
    HttpRequest request =
        HttpRequest.newBuilder(check.address()).timeout(check.timeout()).GET().build();
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(check.timeout())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    try {
      HttpResponse<byte[]> response =
          client
              .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST))
              .get(check.timeout().toMillis(), TimeUnit.MILLISECONDS);
      String body = new String(response.body(), StandardCharsets.UTF_8);
      if (response.statusCode() != check.status()) {
        return Optional.of(
            "status %d, expected %d%s"
                .formatted(response.statusCode(), check.status(), said(body)));
      }
      return check
          .contains()
          .filter(text -> !body.contains(text))
          .map(text -> "the body does not contain \"%s\"%s".formatted(text, said(body)));
    } catch (TimeoutException e) {
      return Optional.of("no answer within " + Checker.words(check.timeout()));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String message = cause.getMessage();
      return Optional.of(
          "no answer: "
              + (message == null || message.isBlank()
                  ? cause.getClass().getSimpleName()
                  : message));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    } finally {
      client.shutdownNow();
    }
  }

  private static String said(String body) {
    String text = body.strip();
    if (text.isEmpty()) {
      return "";
    }
    return "; it said: " + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
  }
}
