package dev.pgmend.cloud.gcs;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.JsonObject;
import dev.pgmend.cloud.http.Answer;
import dev.pgmend.cloud.http.Http;
import dev.pgmend.cloud.http.Token;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Google's "application default credentials": a file that the environment names, that of gcloud, or the service account of the
/// machine. Without any of them requests are anonymous, as they are to an emulator.
final class GoogleCredentials {
  private static final String FILE = "GOOGLE_APPLICATION_CREDENTIALS";
  private static final String TOKENS = "https://oauth2.googleapis.com/token";
  private static final Duration METADATA = Duration.ofSeconds(3);

  private final Http http;
  private final Environment environment;
  private final Token.Kept token = new Token.Kept(this::request);

  GoogleCredentials(Http http, Environment environment) {
    this.http = http;
    this.environment = environment;
  }

  /// {@return the header `Authorization`, null for a request without one}
  @Nullable String authorization() throws IOException {
    return token.authorization();
  }

  private @Nullable Token request() throws IOException {
    if (environment.find("STORAGE_EMULATOR_HOST").isPresent()) {
      return null;
    }
    Path file = environment.find(FILE).map(Path::of).orElseGet(this::gcloudFile);
    Optional<String> text = Environment.read(file);
    if (text.isPresent()) {
      return fromFile(file, text.get());
    }
    if (environment.find(FILE).isPresent()) {
      throw new PgmendException(
          Kind.SOURCE, "%s: the file that %s names is not there".formatted(file, FILE));
    }
    return fromMachine();
  }

  private Path gcloudFile() {
    return environment
        .find("CLOUDSDK_CONFIG")
        .map(Path::of)
        .orElseGet(() -> environment.home().resolve(".config").resolve("gcloud"))
        .resolve("application_default_credentials.json");
  }

  private Token fromFile(Path file, String text) throws IOException {
    try {
      JsonObject credentials = JsonObject.parse(text);
      String type = credentials.text("type");
      Map<String, String> form = new LinkedHashMap<>();
      switch (type) {
        case "service_account" -> {
          form.put("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
          form.put("assertion", ServiceAccount.assertion(credentials, tokens(credentials)));
        }
        case "authorized_user" -> {
          form.put("grant_type", "refresh_token");
          form.put("client_id", credentials.text("client_id"));
          form.put("client_secret", credentials.text("client_secret"));
          form.put("refresh_token", credentials.text("refresh_token"));
        }
        default ->
            throw new PgmendException(
                Kind.SOURCE,
                "%s: credentials of type %s are not read".formatted(file, type),
                "Use a service account's key, or: gcloud auth application-default login");
      }
      return exchange(file, URI.create(tokens(credentials)), form);
    } catch (IllegalArgumentException e) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: is not a file with Google's credentials: %s".formatted(file, e.getMessage()));
    }
  }

  private static String tokens(JsonObject credentials) {
    return credentials.find("token_uri").orElse(TOKENS);
  }

  private Token exchange(Path file, URI tokens, Map<String, String> form) throws IOException {
    try (Answer answer = http.post(tokens, form)) {
      if (answer.status() != 200) {
        throw new PgmendException(
            Kind.SOURCE,
            "%s: %s gives no token for these credentials: status %d"
                .formatted(file, tokens.getHost(), answer.status()),
            "They may have been revoked; try: gcloud auth application-default print-access-token");
      }
      return Token.of(JsonObject.parse(answer.text()));
    }
  }

  /// {@return the token of the virtual machine, pod or function that this runs in, null if it runs elsewhere}
  private @Nullable Token fromMachine() {
    String host = environment.find("GCE_METADATA_HOST").orElse("metadata.google.internal");
    URI address =
        URI.create(
            "http://%s/computeMetadata/v1/instance/service-accounts/default/token".formatted(host));
    try (Answer answer = http.get(address, Map.of("Metadata-Flavor", "Google"), METADATA)) {
      return answer.status() == 200 ? Token.of(JsonObject.parse(answer.text())) : null;
    } catch (IOException | IllegalArgumentException _) {
      return null;
    }
  }
}
