package dev.pgmend.cloud.http;

import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.RemoteObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One version of what a web server has at an address, which it gives in ranges.
///
/// @param tag its ETag, if the server gives a strong one, by which versions are told apart
/// @param time its Last-Modified, which is used where there is no ETag
record HttpObject(
    WebAddress address, String name, long size, @Nullable String tag, @Nullable String time)
    implements RemoteObject {
  private static final Pattern RANGE = Pattern.compile("bytes ([0-9]+)-([0-9]+)/([0-9]{1,18})");

  /// {@return the object whose first byte was answered; null if the answer tells no size}
  static @Nullable HttpObject of(WebAddress address, String name, Answer answer) {
    Matcher range = RANGE.matcher(Objects.requireNonNullElse(answer.header("Content-Range"), ""));
    return range.matches()
        ? new HttpObject(
            address,
            name,
            Long.parseLong(range.group(3)),
            strong(answer.header("ETag")),
            answer.header("Last-Modified"))
        : null;
  }

  @Override
  public String key() {
    return name;
  }

  @Override
  public InputStream open(long from, long to) throws IOException {
    Map<String, String> headers = new HashMap<>();
    headers.put("Range", "bytes=%d-%d".formatted(from, to - 1));
    if (tag != null) {
      headers.put("If-Match", tag);
    }
    Answer answer = address.get(headers);
    boolean given = false;
    try {
      switch (answer.status()) {
        case 206 -> {}
        // Whoever heeds no range or condition gives the whole of what is there now.
        case 200 -> throw Failures.unexpected(name, "the server has stopped giving ranges");
        case 404, 410, 412, 416 -> throw Failures.changed(name);
        default -> throw WebAddress.refused(name, answer);
      }
      HttpObject now = of(address, name, answer);
      if (now == null
          || now.size != size
          || !Objects.equals(now.tag, tag)
          || (tag == null && !Objects.equals(now.time, time))) {
        throw Failures.changed(name);
      }
      String wanted = "bytes %d-%d/%d".formatted(from, to - 1, size);
      if (!wanted.equals(answer.header("Content-Range"))) {
        throw Failures.unexpected(name, "the server gives another range than it was asked for");
      }
      given = true;
      return answer.body();
    } finally {
      if (!given) {
        answer.close();
      }
    }
  }

  /// A weak tag does not promise that the bytes are the same.
  private static @Nullable String strong(@Nullable String tag) {
    return tag == null || tag.startsWith("W/") ? null : tag;
  }
}
