package dev.pgmend.cloud.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.pgmend.PgmendException;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.Retry;
import dev.pgmend.cloud.Stub;
import dev.pgmend.content.FileSet;
import dev.pgmend.content.Location;
import dev.pgmend.content.Storage.Found;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/// Against a stand-in for Azure Blob Storage that checks signatures itself, the way the service is documented to.
class AzureStorageTest {
  private static final Retry QUICK = new Retry(4, Duration.ofMillis(1), Duration.ofMillis(2));
  private static final String ACCOUNT = "backupaccount";
  private static final String KEY = Base64.getEncoder().encodeToString("a secret key".getBytes());
  private static final String CONTAINER = "/" + ACCOUNT + "/backups";

  private final TreeMap<String, byte[]> blobs = new TreeMap<>();
  private final byte[] bytes = new byte[200_000];
  private String tag = "0x1";
  private Check check = AzureStorageTest::signed;

  AzureStorageTest() {
    new Random(3).nextBytes(bytes);
    blobs.put("with blank/app+1 é.dump", bytes);
    blobs.put("empty", new byte[0]);
  }

  @FunctionalInterface
  private interface Check {
    boolean passes(HttpExchange exchange);
  }

  @Test
  void signsWithTheKeyOfTheAccount() throws IOException {
    try (Stub stub = new Stub(this::answer)) {
      Found.One found = (Found.One) open(key(stub), "az://backups/with blank/app+1 é.dump");

      assertThat(found.content().open(0).readAllBytes()).isEqualTo(bytes);
      assertThat(stub.asked).hasSizeGreaterThan(2);
    }
  }

  @Test
  void signsLists() throws IOException {
    for (int i = 4000; i < 4025; i++) {
      blobs.put("dir/" + i + ".dat.gz", ("data " + i).getBytes(StandardCharsets.UTF_8));
    }
    blobs.put("dir/toc.dat", "toc".getBytes(StandardCharsets.UTF_8));
    blobs.put("dir/&lt<.dat", "odd".getBytes(StandardCharsets.UTF_8));
    try (Stub stub = new Stub(this::answer)) {
      FileSet files = ((Found.Directory) open(key(stub), "az://backups/dir")).files();

      assertThat(files.find("4000.dat")).isEmpty();
      assertThat(files.find("4024.dat.gz").orElseThrow().size()).isEqualTo(9);
      assertThat(files.find("4007.dat.gz").orElseThrow().content().head(100))
          .asString()
          .isEqualTo("data 4007");
      assertThat(files.files()).hasSize(27);
      assertThat(files.find("&lt<.dat")).isPresent();
    }
  }

  @Test
  void readsWithAConnectionString() throws IOException {
    try (Stub stub = new Stub(this::answer)) {
      String connection =
          "DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=%s/%s;"
              .formatted(ACCOUNT, KEY, stub.address(), ACCOUNT);
      Found found =
          open(
              Map.of("AZURE_STORAGE_CONNECTION_STRING", connection),
              "az://backups/with blank/app+1 é.dump");

      assertThat(((Found.One) found).content().head(9))
          .isEqualTo(java.util.Arrays.copyOf(bytes, 9));
    }
  }

  @Test
  void readsWithASharedAccessSignature() throws IOException {
    check =
        exchange ->
            exchange.getRequestURI().getRawQuery().contains("sv=2024&sig=a%2Bb")
                && !exchange.getRequestHeaders().containsKey("Authorization");
    try (Stub stub = new Stub(this::answer)) {
      Map<String, String> environment = new HashMap<>(key(stub));
      environment.remove("AZURE_STORAGE_KEY");
      environment.put("AZURE_STORAGE_SAS_TOKEN", "?sv=2024&sig=a%2Bb");

      Found.One found = (Found.One) open(environment, "az://backups/with blank/app+1 é.dump");
      assertThat(found.content().head(9)).hasSize(9);
    }
  }

  @Test
  void logsInWithTheSecretOfAnApplication() throws IOException {
    check = exchange -> "Bearer token-1".equals(header(exchange, "Authorization"));
    Stub.Handler login =
        exchange -> {
          assertThat(exchange.getRequestURI().getPath()).isEqualTo("/tenant/oauth2/v2.0/token");
          assertThat(parameters(Stub.body(exchange)))
              .containsEntry("grant_type", "client_credentials")
              .containsEntry("client_id", "app")
              .containsEntry("client_secret", "s&t")
              .containsEntry("scope", "https://storage.azure.com/.default");
          Stub.answer(exchange, 200, "{\"access_token\": \"token-1\", \"expires_in\": 3599}");
        };
    try (Stub tokens = new Stub(login);
        Stub stub = new Stub(this::answer)) {
      Map<String, String> environment = new HashMap<>(key(stub));
      environment.remove("AZURE_STORAGE_KEY");
      environment.put("AZURE_TENANT_ID", "tenant");
      environment.put("AZURE_CLIENT_ID", "app");
      environment.put("AZURE_CLIENT_SECRET", "s&t");
      environment.put("AZURE_AUTHORITY_HOST", tokens.address());

      Found.One found = (Found.One) open(environment, "az://backups/with blank/app+1 é.dump");
      assertThat(found.content().head(9)).hasSize(9);
      assertThat(tokens.asked).hasSize(1);
    }
  }

  @Test
  void usesTheIdentityOfTheMachine() throws IOException {
    check = exchange -> "Bearer token-2".equals(header(exchange, "Authorization"));
    Stub.Handler metadata =
        exchange -> {
          assertThat(header(exchange, "Metadata")).isEqualTo("true");
          assertThat(parameters(exchange.getRequestURI().getRawQuery()))
              .containsEntry("resource", "https://storage.azure.com/");
          Stub.answer(exchange, 200, "{\"access_token\": \"token-2\", \"expires_in\": \"3599\"}");
        };
    try (Stub machine = new Stub(metadata);
        Stub stub = new Stub(this::answer)) {
      Map<String, String> environment = new HashMap<>(key(stub));
      environment.remove("AZURE_STORAGE_KEY");
      environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.address());

      Found.One found = (Found.One) open(environment, "az://backups/with blank/app+1 é.dump");
      assertThat(found.content().head(9)).hasSize(9);
    }
  }

  @Test
  void refusesABlobThatWasChangedWhileItWasRead() throws IOException {
    try (Stub stub = new Stub(this::answer)) {
      Found.One found = (Found.One) open(key(stub), "az://backups/with blank/app+1 é.dump");
      found.content().head(10);
      tag = "0x2";

      assertThatThrownBy(() -> found.content().open(150_000).read())
          .isInstanceOf(PgmendException.class)
          .hasMessage(
              "az://backups/with blank/app+1 é.dump: was changed while it was read; nothing of it can be used");
    }
  }

  @Test
  void saysWhatIsMissingOrDenied() {
    try (Stub stub = new Stub(this::answer)) {
      assertThatThrownBy(() -> open(key(stub), "az://backups/none"))
          .hasMessage("az://backups/none: there is neither an object nor a directory of that name");
      assertThatThrownBy(() -> open(key(stub), "az://others/none"))
          .hasMessage("az://others: there is no such bucket or container");
      Map<String, String> wrong = new HashMap<>(key(stub));
      wrong.put("AZURE_STORAGE_KEY", "d3Jvbmc=");
      assertThatThrownBy(() -> open(wrong, "az://backups/empty"))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.hint()).contains("Storage Blob Data Reader"))
          .hasMessage("az://backups/empty: access was denied: AuthenticationFailed");
      assertThatThrownBy(() -> open(Map.of(), "az://backups/app.dump"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("not the storage account");
    }
  }

  @Test
  void anEmptyBlobHasNoBytes() throws IOException {
    try (Stub stub = new Stub(this::answer)) {
      Found.One found = (Found.One) open(key(stub), "az://backups/empty");

      assertThat(found.content().head(10)).isEmpty();
    }
  }

  @Test
  void takesAddressesOfBlobsAndNoOthers() {
    var storage = new AzureStorage(environment(Map.of()), QUICK);
    for (String address :
        List.of(
            "az://c/b",
            "https://acc.blob.core.windows.net/c/b?sv=1&sig=x",
            "https://a1.blob.core.windows.net/c")) {
      assertThat(storage.reads(Location.of(address).orElseThrow())).as(address).isTrue();
    }
    for (String address :
        List.of(
            "https://example.com/acc.blob.core.windows.net/c",
            "https://acc.file.core.windows.net/c/b",
            "s3://c/b")) {
      assertThat(storage.reads(Location.of(address).orElseThrow())).as(address).isFalse();
    }
  }

  private static Map<String, String> key(Stub stub) {
    return Map.of(
        "AZURE_STORAGE_ACCOUNT",
        ACCOUNT,
        "AZURE_STORAGE_KEY",
        KEY,
        "AZURE_STORAGE_SERVICE_ENDPOINT",
        stub.address() + "/" + ACCOUNT + "/");
  }

  private static Found open(Map<String, String> environment, String location) {
    return new AzureStorage(environment(environment), QUICK)
        .open(Location.of(location).orElseThrow(), _ -> {});
  }

  private static Environment environment(Map<String, String> variables) {
    return new Environment(variables, Path.of("/nowhere"));
  }

  private void answer(HttpExchange exchange) throws IOException {
    assertThat(header(exchange, "x-ms-version")).isNotEmpty();
    if (!check.passes(exchange)) {
      error(exchange, 403, "AuthenticationFailed");
      return;
    }
    String path = exchange.getRequestURI().getPath();
    if (!path.equals(CONTAINER) && !path.startsWith(CONTAINER + "/")) {
      error(exchange, 404, "ContainerNotFound");
    } else if (path.equals(CONTAINER)) {
      list(exchange, parameters(exchange.getRequestURI().getRawQuery()));
    } else {
      byte[] blob = blobs.get(path.substring(CONTAINER.length() + 1));
      String wanted = exchange.getRequestHeaders().getFirst("If-Match");
      if (blob == null) {
        error(exchange, 404, "BlobNotFound");
      } else if (wanted != null && !wanted.equals("\"" + tag + "\"")) {
        error(exchange, 412, "ConditionNotMet");
      } else {
        exchange.getResponseHeaders().set("ETag", "\"" + tag + "\"");
        Stub.range(exchange, blob);
      }
    }
  }

  /// Ten to a page.
  private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
    String prefix = query.get("prefix");
    List<String> found =
        blobs.keySet().stream()
            .filter(name -> name.startsWith(prefix))
            .filter(name -> name.indexOf('/', prefix.length()) < 0)
            .toList();
    int from = Integer.parseInt(query.getOrDefault("marker", "0"));
    int to = Math.min(from + 10, found.size());
    String items =
        found.subList(from, to).stream()
            .map(name ->
                "<Blob><Name>%s</Name><Properties><Last-Modified>now</Last-Modified><Etag>%s</Etag><Content-Length>%d</Content-Length></Properties></Blob>"
                    .formatted(
                        name.replace("&", "&amp;").replace("<", "&lt;"),
                        tag,
                        blobs.get(name).length))
            .collect(Collectors.joining());
    Stub.answer(
        exchange,
        200,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>%s</Blobs><NextMarker>%s</NextMarker></EnumerationResults>"
            .formatted(items, to < found.size() ? to : ""));
  }

  private static void error(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("x-ms-error-code", code);
    Stub.answer(exchange, status, "");
  }

  private static String header(HttpExchange exchange, String name) {
    return String.valueOf(exchange.getRequestHeaders().getFirst(name));
  }

  /// "Authorize with Shared Key", version 2009-09-19 and later.
  private static boolean signed(HttpExchange exchange) {
    String text =
        "GET\n\n\n\n\n\n\n\n%s\n\n\n%s\nx-ms-date:%s\nx-ms-version:%s\n/%s%s"
            .formatted(
                exchange.getRequestHeaders().getOrDefault("If-Match", List.of("")).getFirst(),
                exchange.getRequestHeaders().getOrDefault("Range", List.of("")).getFirst(),
                header(exchange, "x-ms-date"),
                header(exchange, "x-ms-version"),
                ACCOUNT,
                exchange.getRequestURI().getRawPath());
    StringBuilder signed = new StringBuilder(text);
    String query = exchange.getRequestURI().getRawQuery();
    if (query != null) {
      new TreeMap<>(parameters(query))
          .forEach((name, value) -> signed.append("\n" + name + ":" + value));
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
      String expected =
          Base64.getEncoder()
              .encodeToString(mac.doFinal(signed.toString().getBytes(StandardCharsets.UTF_8)));
      return header(exchange, "Authorization").equals("SharedKey " + ACCOUNT + ":" + expected);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, String> parameters(String text) {
    Map<String, String> parameters = new HashMap<>();
    for (String part : text.split("&")) {
      int equals = part.indexOf('=');
      parameters.put(
          URLDecoder.decode(part.substring(0, equals), StandardCharsets.UTF_8),
          URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return parameters;
  }
}
