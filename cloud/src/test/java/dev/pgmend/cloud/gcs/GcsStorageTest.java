package dev.pgmend.cloud.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.pgmend.PgmendException;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.JsonObject;
import dev.pgmend.cloud.Retry;
import dev.pgmend.cloud.Stub;
import dev.pgmend.content.ByteSource;
import dev.pgmend.content.FileSet;
import dev.pgmend.content.Location;
import dev.pgmend.content.Storage.Found;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a stand-in for Google Cloud Storage, which answers as its JSON API is documented.
class GcsStorageTest {
  private static final Retry QUICK = new Retry(4, Duration.ofMillis(1), Duration.ofMillis(2));
  private static final String OBJECTS = "/storage/v1/b/backups/o";

  @TempDir private Path home;

  private final TreeMap<String, byte[]> objects = new TreeMap<>();
  private final byte[] bytes = new byte[200_000];
  private int generation = 1;
  private String wanted = "null";

  GcsStorageTest() {
    new Random(3).nextBytes(bytes);
    objects.put("with blank/app+1.dump", bytes);
  }

  @Test
  void readsObjectsWhateverTheirNames() throws IOException {
    try (Stub stub = new Stub(this::answer)) {
      ByteSource source = (ByteSource) one(stub, "gs://backups/with blank/app+1.dump").content();

      assertThat(source.open(0).readAllBytes()).isEqualTo(bytes);
      assertThat(stub.asked.getFirst())
          .startsWith("GET " + OBJECTS + "/with%20blank%2Fapp%2B1.dump?");
    }
  }

  @Test
  void readsDirectoriesPageByPage() throws IOException {
    for (int i = 4000; i < 4025; i++) {
      objects.put("dir/" + i + ".dat.gz", ("data " + i).getBytes(StandardCharsets.UTF_8));
    }
    objects.put("dir/toc.dat", "toc".getBytes(StandardCharsets.UTF_8));
    objects.put("dir/deeper/4000.dat", "no".getBytes(StandardCharsets.UTF_8));
    try (Stub stub = new Stub(this::answer)) {
      Found found = open(Map.of("STORAGE_EMULATOR_HOST", stub.address()), "gs://backups/dir");
      FileSet files = ((Found.Directory) found).files();

      assertThat(files.find("4000.dat")).isEmpty();
      int requests = stub.asked.size();
      assertThat(files.find("4024.dat.gz").orElseThrow().size()).isEqualTo(9);
      assertThat(files.find("4007.dat.gz").orElseThrow().content().head(100))
          .asString()
          .isEqualTo("data 4007");
      assertThat(stub.asked).as("listed once").hasSize(requests + 1);
      assertThat(files.files()).hasSize(26);
    }
  }

  @Test
  void refusesAnObjectOfAnotherGeneration() throws IOException {
    try (Stub stub = new Stub(this::answer)) {
      ByteSource source = (ByteSource) one(stub, "gs://backups/with blank/app+1.dump").content();
      source.head(10);
      generation = 2;

      assertThatThrownBy(() -> source.open(150_000).read())
          .isInstanceOf(PgmendException.class)
          .hasMessage(
              "gs://backups/with blank/app+1.dump: was changed while it was read; nothing of it can be used");
    }
  }

  @Test
  void signsForAServiceAccount() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair keys = generator.generateKeyPair();
    wanted = "Bearer token-1";
    try (Stub tokens = new Stub(exchange -> token(exchange, keys));
        Stub stub = new Stub(this::answer)) {
      String pem =
          "-----BEGIN PRIVATE KEY-----\\n%s\\n-----END PRIVATE KEY-----\\n"
              .formatted(Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded()));
      Path file =
          Files.writeString(
              home.resolve("key.json"),
              """
              {"type": "service_account", "client_email": "me@project", "private_key_id": "k1",
               "private_key": "%s", "token_uri": "%s/token"}
              """
                  .formatted(pem, tokens.address()));
      Map<String, String> environment = Map.of("GOOGLE_APPLICATION_CREDENTIALS", file.toString());

      assertThat(bytes(stub, environment)).isEqualTo(bytes);
      assertThat(tokens.asked).hasSize(1);
    }
  }

  @Test
  void usesTheUserOfGcloud() throws IOException {
    wanted = "Bearer token-2";
    Stub.Handler refresh =
        exchange -> {
          assertThat(form(Stub.body(exchange)))
              .containsEntry("grant_type", "refresh_token")
              .containsEntry("refresh_token", "r/1")
              .containsEntry("client_id", "c")
              .containsEntry("client_secret", "s");
          Stub.answer(exchange, 200, "{\"access_token\": \"token-2\", \"expires_in\": 3599}");
        };
    try (Stub tokens = new Stub(refresh);
        Stub stub = new Stub(this::answer)) {
      Path file = home.resolve(".config/gcloud/application_default_credentials.json");
      Files.createDirectories(file.getParent());
      Files.writeString(
          file,
          "{\"type\": \"authorized_user\", \"client_id\": \"c\", \"client_secret\": \"s\", \"refresh_token\": \"r/1\", \"token_uri\": \"%s\"}"
              .formatted(tokens.address()));

      assertThat(bytes(stub, Map.of())).isEqualTo(bytes);
    }
  }

  @Test
  void usesTheServiceAccountOfTheMachine() throws IOException {
    wanted = "Bearer token-3";
    Stub.Handler metadata =
        exchange -> {
          assertThat(exchange.getRequestHeaders().getFirst("Metadata-Flavor")).isEqualTo("Google");
          Stub.answer(exchange, 200, "{\"access_token\":\"token-3\",\"expires_in\":300}");
        };
    try (Stub machine = new Stub(metadata);
        Stub stub = new Stub(this::answer)) {
      assertThat(bytes(stub, Map.of("GCE_METADATA_HOST", "127.0.0.1:" + machine.port())))
          .isEqualTo(bytes);
      assertThat(machine.asked).hasSize(1);
    }
  }

  @Test
  void saysWhoMayNotRead() {
    Stub.Handler denied =
        exchange ->
            Stub.answer(
                exchange,
                403,
                "{\"error\": {\"code\": 403, \"message\": \"me@project does not have storage.objects.get\"}}");
    try (Stub stub = new Stub(denied)) {
      assertThatThrownBy(() -> one(stub, "gs://backups/app.dump"))
          .isInstanceOfSatisfying(
              PgmendException.class,
              e -> assertThat(e.hint()).contains("gcloud auth application-default login"))
          .hasMessage(
              "gs://backups/app.dump: access was denied: me@project does not have storage.objects.get");
    }
  }

  @Test
  void saysThatNothingIsThere() {
    try (Stub stub = new Stub(this::answer)) {
      assertThatThrownBy(() -> one(stub, "gs://backups/none"))
          .hasMessage("gs://backups/none: there is neither an object nor a directory of that name");
      assertThatThrownBy(() -> one(stub, "gs://others/none"))
          .hasMessage("gs://others: there is no such bucket or container");
    }
  }

  private byte[] bytes(Stub stub, Map<String, String> environment) throws IOException {
    // The endpoint of the stub, but with credentials, which an emulator does not get.
    Map<String, String> variables = new HashMap<>(environment);
    variables.put("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", stub.address() + "/");
    variables.putIfAbsent("GCE_METADATA_HOST", "127.0.0.1:1");
    Found found = open(variables, "gs://backups/with blank/app+1.dump");
    return ((Found.One) found).content().open(0).readAllBytes();
  }

  private Found.One one(Stub stub, String location) {
    return (Found.One) open(Map.of("STORAGE_EMULATOR_HOST", stub.address()), location);
  }

  private Found open(Map<String, String> environment, String location) {
    return new GcsStorage(new Environment(environment, home), QUICK)
        .open(Location.of(location).orElseThrow(), _ -> {});
  }

  private void answer(HttpExchange exchange) throws IOException {
    assertThat(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")))
        .isEqualTo(wanted);
    String path = exchange.getRequestURI().getRawPath();
    Map<String, String> query = form(exchange.getRequestURI().getRawQuery());
    if (path.equals(OBJECTS)) {
      list(exchange, query);
      return;
    }
    byte[] object =
        path.startsWith(OBJECTS + "/")
            ? objects.get(
                URLDecoder.decode(path.substring(OBJECTS.length() + 1), StandardCharsets.UTF_8))
            : null;
    if (object == null) {
      Stub.answer(exchange, 404, "{\"error\": {\"message\": \"No such object\"}}");
    } else if (!"media".equals(query.get("alt"))) {
      Stub.answer(
          exchange,
          200,
          "{\"name\": \"with blank/app+1.dump\", \"size\": \"%d\", \"generation\": \"%d\"}"
              .formatted(object.length, generation));
    } else if (!query.get("ifGenerationMatch").equals(String.valueOf(generation))) {
      Stub.answer(exchange, 412, "{}");
    } else {
      Stub.range(exchange, object);
    }
  }

  /// Ten to a page.
  private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
    String prefix = query.get("prefix");
    var found =
        objects.keySet().stream()
            .filter(name -> name.startsWith(prefix))
            .filter(name -> name.indexOf('/', prefix.length()) < 0)
            .toList();
    int from = Integer.parseInt(query.getOrDefault("pageToken", "0"));
    int to = Math.min(from + 10, found.size());
    String items =
        found.subList(from, to).stream()
            .map(name ->
                "{\"name\": \"%s\", \"size\": \"%d\", \"generation\": \"1\"}"
                    .formatted(name, objects.get(name).length))
            .collect(Collectors.joining(","));
    String next = to < found.size() ? ", \"nextPageToken\": \"%d\"".formatted(to) : "";
    Stub.answer(exchange, 200, "{\"items\": [%s]%s}".formatted(items, next));
  }

  /// Gives a token to whoever has signed with the key.
  private static void token(HttpExchange exchange, KeyPair keys) throws IOException {
    Map<String, String> form = form(Stub.body(exchange));
    assertThat(form).containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    String[] parts = form.get("assertion").split("\\.");
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initVerify(keys.getPublic());
      signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
    JsonObject claims =
        JsonObject.parse(
            new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
    assertThat(claims.text("iss")).isEqualTo("me@project");
    assertThat(claims.text("aud")).endsWith("/token");
    Stub.answer(exchange, 200, "{\"access_token\": \"token-1\", \"expires_in\": 3599}");
  }

  private static Map<String, String> form(String text) {
    Map<String, String> form = new HashMap<>();
    for (String part : text.split("&")) {
      int equals = part.indexOf('=');
      form.put(
          URLDecoder.decode(part.substring(0, equals), StandardCharsets.UTF_8),
          URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return form;
  }
}
