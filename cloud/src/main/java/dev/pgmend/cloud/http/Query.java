package dev.pgmend.cloud.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/// Text for addresses.
public final class Query {
  private Query() {}

  /// {@return parameters as a query or a form has them}
  public static String of(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
        .collect(Collectors.joining("&"));
  }

  /// {@return a text of which nothing has a meaning in an address, `/` included}
  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  /// {@return a path, whose `/` stay}
  public static String encodePath(String path) {
    return encode(path).replace("%2F", "/");
  }
}
