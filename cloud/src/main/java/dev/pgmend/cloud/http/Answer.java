package dev.pgmend.cloud.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a server answered. Closing it closes the body.
public record Answer(int status, HttpHeaders headers, InputStream body) implements AutoCloseable {
  private static final int TEXT_MAX = 16 << 20;

  /// {@return the whole body}
  public String text() throws IOException {
    return new String(body.readNBytes(TEXT_MAX), StandardCharsets.UTF_8);
  }

  /// {@return a header, null if there is none of that name}
  public @Nullable String header(String name) {
    return headers.firstValue(name).orElse(null);
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
