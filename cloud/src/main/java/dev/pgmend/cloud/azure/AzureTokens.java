package dev.pgmend.cloud.azure;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.JsonObject;
import dev.pgmend.cloud.http.Answer;
import dev.pgmend.cloud.http.Http;
import dev.pgmend.cloud.http.Query;
import dev.pgmend.cloud.http.Token;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tokens of Microsoft Entra: for an application with a secret or a federated token (workload identity), which the environment
/// names, or for the managed identity of the machine. Without any, requests are anonymous.
final class AzureTokens {
  private static final String RESOURCE = "https://storage.azure.com/";
  private static final String LOGIN = "https://login.microsoftonline.com/";
  private static final Duration METADATA = Duration.ofSeconds(3);

  private final Http http;
  private final Environment environment;
  private final Token.Kept token = new Token.Kept(this::request);

  AzureTokens(Http http, Environment environment) {
    this.http = http;
    this.environment = environment;
  }

  /// {@return the header `Authorization`, null for a request without one}
  @Nullable String authorization() throws IOException {
    return token.authorization();
  }

  private @Nullable Token request() throws IOException {
    Optional<String> tenant = environment.find("AZURE_TENANT_ID");
    Optional<String> client = environment.find("AZURE_CLIENT_ID");
    if (tenant.isPresent() && client.isPresent()) {
      Map<String, String> form = new LinkedHashMap<>();
      form.put("grant_type", "client_credentials");
      form.put("client_id", client.get());
      form.put("scope", RESOURCE + ".default");
      Optional<String> secret = environment.find("AZURE_CLIENT_SECRET");
      Optional<String> federated = environment.find("AZURE_FEDERATED_TOKEN_FILE");
      if (secret.isPresent()) {
        form.put("client_secret", secret.get());
        return login(tenant.get(), form);
      }
      if (federated.isPresent()) {
        form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.put("client_assertion", Files.readString(Path.of(federated.get())).strip());
        return login(tenant.get(), form);
      }
    }
    return fromMachine(client);
  }

  private Token login(String tenant, Map<String, String> form) throws IOException {
    String authority =
        environment.find("AZURE_AUTHORITY_HOST").orElse(LOGIN).replaceFirst("/*$", "/");
    URI address = URI.create(authority + Query.encode(tenant) + "/oauth2/v2.0/token");
    try (Answer answer = http.post(address, form)) {
      if (answer.status() == 200) {
        return Token.of(JsonObject.parse(answer.text()));
      }
      throw new PgmendException(
          Kind.SOURCE,
          "%s gives no token: status %d".formatted(address.getHost(), answer.status()),
          "Look at AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.");
    } catch (IllegalArgumentException _) {
      throw new PgmendException(
          Kind.SOURCE, address.getHost() + " gives an answer that has no token");
    }
  }

  /// {@return the token of the managed identity, null if there is none}
  private @Nullable Token fromMachine(Optional<String> client) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("resource", RESOURCE);
    client.ifPresent(id -> query.put("client_id", id));
    Optional<String> endpoint = environment.find("IDENTITY_ENDPOINT");
    Optional<String> header = environment.find("IDENTITY_HEADER");
    Map<String, String> headers;
    String address;
    if (endpoint.isPresent() && header.isPresent()) {
      address = endpoint.get();
      query.put("api-version", "2019-08-01");
      headers = Map.of("X-IDENTITY-HEADER", header.get());
    } else {
      address =
          environment.find("AZURE_POD_IDENTITY_AUTHORITY_HOST").orElse("http://169.254.169.254")
              + "/metadata/identity/oauth2/token";
      query.put("api-version", "2018-02-01");
      headers = Map.of("Metadata", "true");
    }
    try (Answer answer = http.get(URI.create(address + "?" + Query.of(query)), headers, METADATA)) {
      return answer.status() == 200 ? Token.of(JsonObject.parse(answer.text())) : null;
    } catch (IOException | IllegalArgumentException _) {
      return null;
    }
  }
}
