package dev.pgmend.cloud.azure;

import dev.pgmend.cloud.Bucket;
import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.RemoteObject;
import dev.pgmend.cloud.http.Answer;
import dev.pgmend.cloud.http.Query;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A container of blobs. Versions of a blob are told apart by their ETags.
///
/// @param name what messages call it
record Container(Requests requests, String name, String container) implements Bucket {
  private static final Pattern SIZE = Pattern.compile("bytes [0-9]+-[0-9]+/([0-9]{1,18})");

  private String path(String key) {
    return "/" + Query.encode(container) + "/" + Query.encodePath(key);
  }

  @Override
  public Optional<RemoteObject> find(String key) throws IOException {
    try (Answer answer = requests.get(path(key), Map.of(), Map.of("Range", "bytes=0-0"))) {
      String tag = answer.header("ETag");
      return switch (answer.status()) {
        case 206 -> {
          Matcher size = SIZE.matcher(String.valueOf(answer.header("Content-Range")));
          if (tag == null || !size.matches()) {
            throw Failures.unexpected(name + "/" + key, "the server gives no ETag or size");
          }
          yield Optional.of(version(key, Long.parseLong(size.group(1)), tag));
        }
        // There is no first byte.
        case 416 -> Optional.of(version(key, 0, String.valueOf(tag)));
        case 404 -> {
          if ("ContainerNotFound".equals(answer.header("x-ms-error-code"))) {
            throw Failures.noBucket(name);
          }
          yield Optional.empty();
        }
        default -> throw Requests.refused(name + "/" + key, answer);
      };
    }
  }

  @Override
  public Page list(String prefix, @Nullable String next) throws IOException {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("restype", "container");
    query.put("comp", "list");
    query.put("prefix", prefix);
    query.put("delimiter", "/");
    if (next != null) {
      query.put("marker", next);
    }
    try (Answer answer = requests.get("/" + Query.encode(container), query, Map.of())) {
      if (answer.status() != 200) {
        throw answer.status() == 404
            ? Failures.noBucket(name)
            : Requests.refused(name + "/" + prefix, answer);
      }
      return BlobList.read(answer.body(), this);
    }
  }

  RemoteObject version(String key, long size, String tag) {
    return new Version(requests, name + "/" + key, key, path(key), size, tag);
  }

  /// A blob as it was when it was found.
  private record Version(
      Requests requests, String name, String key, String path, long size, String tag)
      implements RemoteObject {
    @Override
    public InputStream open(long from, long to) throws IOException {
      Map<String, String> headers =
          Map.of("Range", "bytes=%d-%d".formatted(from, to - 1), "If-Match", tag);
      Answer answer = requests.get(path, Map.of(), headers);
      String wanted = "bytes %d-%d/%d".formatted(from, to - 1, size);
      if (answer.status() == 206
          && wanted.equals(answer.header("Content-Range"))
          && tag.equals(answer.header("ETag"))) {
        return answer.body();
      }
      try (answer) {
        throw switch (answer.status()) {
          case 200, 206, 404, 412, 416 -> Failures.changed(name);
          default -> Requests.refused(name, answer);
        };
      }
    }
  }
}
