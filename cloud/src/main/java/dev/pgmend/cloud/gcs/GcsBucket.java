package dev.pgmend.cloud.gcs;

import dev.pgmend.PgmendException;
import dev.pgmend.cloud.Bucket;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.JsonObject;
import dev.pgmend.cloud.RemoteObject;
import dev.pgmend.cloud.http.Answer;
import dev.pgmend.cloud.http.Http;
import dev.pgmend.cloud.http.Query;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A bucket of Google Cloud Storage. Versions of an object are told apart by their generations.
final class GcsBucket implements Bucket {
  private static final String GOOGLE = "https://storage.googleapis.com";
  private static final String HINT =
      "Reading takes storage.objects.get and storage.objects.list, as the role Storage Object Viewer has them;"
          + " credentials: gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS.";

  private final Http http;
  private final GoogleCredentials credentials;
  private final String bucket;
  private final String objects;

  GcsBucket(Http http, Environment environment, GoogleCredentials credentials, String bucket) {
    this.http = http;
    this.credentials = credentials;
    this.bucket = bucket;
    this.objects = endpoint(environment) + "/storage/v1/b/" + Query.encode(bucket) + "/o";
  }

  /// As Google's own libraries and gcloud read them, with `http://` or without.
  private static String endpoint(Environment environment) {
    return environment
        .find("STORAGE_EMULATOR_HOST")
        .or(() -> environment.find("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"))
        .map(host -> host.contains("://") ? host : "http://" + host)
        .map(host -> host.replaceFirst("/+$", ""))
        .orElse(GOOGLE);
  }

  @Override
  public String name() {
    return "gs://" + bucket;
  }

  @Override
  public Optional<RemoteObject> find(String key) throws IOException {
    try (Answer answer = get(address(key, Map.of("fields", "name,size,generation")), Map.of())) {
      if (answer.status() == 404) {
        return Optional.empty();
      }
      return Optional.of(version(json(name() + "/" + key, answer)));
    }
  }

  @Override
  public Page list(String prefix, @Nullable String next) throws IOException {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("prefix", prefix);
    query.put("delimiter", "/");
    query.put("fields", "items(name,size,generation),nextPageToken");
    if (next != null) {
      query.put("pageToken", next);
    }
    try (Answer answer = get(URI.create(objects + "?" + Query.of(query)), Map.of())) {
      if (answer.status() == 404) {
        throw Failures.noBucket(name());
      }
      JsonObject listed = json(name() + "/" + prefix, answer);
      List<RemoteObject> found = new ArrayList<>();
      listed.objects("items").forEach(item -> found.add(version(item)));
      return new Page(found, listed.find("nextPageToken").orElse(null));
    }
  }

  private URI address(String key, Map<String, String> query) {
    return URI.create(objects + "/" + Query.encode(key) + "?" + Query.of(query));
  }

  private Answer get(URI address, Map<String, String> headers) throws IOException {
    Map<String, String> all = new HashMap<>(headers);
    String authorization = credentials.authorization();
    if (authorization != null) {
      all.put("Authorization", authorization);
    }
    return http.get(address, all);
  }

  private JsonObject json(String name, Answer answer) throws IOException {
    if (answer.status() != 200) {
      throw refused(name, answer);
    }
    try {
      return JsonObject.parse(answer.text());
    } catch (IllegalArgumentException _) {
      throw Failures.unexpected(name, "the server's answer is not one of Google Cloud Storage");
    }
  }

  private PgmendException refused(String name, Answer answer) throws IOException {
    int status = answer.status();
    return status == 401 || status == 403
        ? Failures.denied(name, reason(answer), HINT)
        : Failures.unexpected(
            name, "the server refused with status %d %s".formatted(status, reason(answer)));
  }

  /// What the server says in `{"error": {"message": …}}`.
  private static String reason(Answer answer) throws IOException {
    try {
      Object error = JsonObject.parse(answer.text()).members().get("error");
      return error instanceof Map<?, ?> details && details.get("message") instanceof String said
          ? said
          : "status " + answer.status();
    } catch (IllegalArgumentException _) {
      return "status " + answer.status();
    }
  }

  private Version version(JsonObject item) {
    return new Version(
        item.text("name"), Long.parseLong(item.text("size")), item.text("generation"));
  }

  /// An object as it was when it was found.
  private final class Version implements RemoteObject {
    private final String key;
    private final long size;
    private final String generation;

    Version(String key, long size, String generation) {
      this.key = key;
      this.size = size;
      this.generation = generation;
    }

    @Override
    public String name() {
      return GcsBucket.this.name() + "/" + key;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public InputStream open(long from, long to) throws IOException {
      Map<String, String> query = new LinkedHashMap<>();
      query.put("alt", "media");
      query.put("ifGenerationMatch", generation);
      // Else an object that was uploaded as gzip is unpacked on the way, as a whole.
      Map<String, String> headers =
          Map.of("Range", "bytes=%d-%d".formatted(from, to - 1), "Accept-Encoding", "gzip");
      Answer answer = get(address(key, query), headers);
      if (answer.status() == 206
          && ("bytes %d-%d/%d".formatted(from, to - 1, size))
              .equals(answer.header("Content-Range"))) {
        return answer.body();
      }
      try (answer) {
        throw switch (answer.status()) {
          case 200, 206, 404, 412, 416 -> Failures.changed(name());
          default -> refused(name(), answer);
        };
      }
    }
  }
}
