package dev.pgmend.cloud.azure;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests with the key of a storage account.
///
/// ```
/// signed   := "GET\n" and eleven headers, each followed by "\n"; empty if the request has no such header
///             (x-ms-name ":" value "\n")*, sorted; "/" account path ("\n" parameter ":" value)*, sorted
/// ```
final class SharedKey {
  private static final String[] HEADERS = {
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range"
  };

  private SharedKey() {}

  /// {@return the header `Authorization` of a GET request}
  ///
  /// @param query its parameters, not encoded
  /// @throws IllegalArgumentException if the key is not Base64
  static String authorization(
      String account,
      String key,
      URI address,
      Map<String, String> query,
      Map<String, String> headers) {
    StringBuilder signed = new StringBuilder("GET\n");
    for (String header : HEADERS) {
      signed.append(headers.getOrDefault(header, "")).append('\n');
    }
    new TreeMap<>(headers)
        .forEach((name, value) -> {
          if (name.startsWith("x-ms-")) {
            signed.append(name).append(':').append(value).append('\n');
          }
        });
    signed.append('/').append(account).append(address.getRawPath());
    new TreeMap<>(query)
        .forEach((name, value) ->
            signed.append('\n').append(name.toLowerCase(Locale.ROOT)).append(':').append(value));
    return "SharedKey " + account + ":" + sign(key, signed.toString());
  }

  private static String sign(String key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
