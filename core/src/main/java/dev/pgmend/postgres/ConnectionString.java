package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// The text of a connection: a URI, a string of keywords, or the name of a database. Source: PostgreSQL documentation, "Connection
/// Strings" of libpq.
final class ConnectionString {
  private static final Pattern ADDRESS = address();

  private ConnectionString() {}

  private static Pattern address() {
    String pair = "(?:%s)=[^&]*".formatted(String.join("|", ConnectionParameters.KNOWN));
    return Pattern.compile("[^/?@]*(?:/[^?@]*)?(?:\\?(?:%s)(?:&%s)*)?".formatted(pair, pair));
  }

  /// {@return what the text says, by libpq's keywords}
  static Map<String, String> parse(String text) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
      uri(text.substring(text.indexOf("://") + 3), parameters);
    } else if (text.contains("=")) {
      keywords(text, parameters);
    } else if (text.contains("@")) {
      // What is before the @ may be a password: it is not repeated.
      throw new PgmendException(
          Kind.USAGE,
          "this is no connection string, and hardly the name of a database",
          "Begin a URI with postgresql://; a database may be named with dbname=.");
    } else if (!text.isEmpty()) {
      parameters.put("dbname", text);
    }
    return parameters;
  }

  private static void uri(String rest, Map<String, String> parameters) {
    int start = address(rest);
    String address = rest.substring(start);
    int mark = address.indexOf('?');
    String query = mark < 0 ? "" : address.substring(mark + 1);
    String place = mark < 0 ? address : address.substring(0, mark);
    int slash = place.indexOf('/');
    String host = slash < 0 ? place : place.substring(0, slash);
    if (slash >= 0 && slash + 1 < place.length()) {
      parameters.put("dbname", decode(place.substring(slash + 1)));
    }
    if (start > 0) {
      String user = rest.substring(0, start - 1);
      int colon = user.indexOf(':');
      if (colon >= 0) {
        parameters.put("password", decode(user.substring(colon + 1)));
        user = user.substring(0, colon);
      }
      parameters.put("user", decode(user));
    }
    int colon = host.endsWith("]") ? -1 : host.lastIndexOf(':');
    if (colon >= 0) {
      parameters.put("port", host.substring(colon + 1));
      host = host.substring(0, colon);
    }
    if (!host.isEmpty()) {
      parameters.put("host", decode(host));
    }
    for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw new PgmendException(
            Kind.USAGE, "connection URI: \"%s\" lacks a value".formatted(pair));
      }
      parameters.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
    }
  }

  /// Where the address begins: after the first `@` behind which stand a host, a database and known parameters, and nothing else. A
  /// password may so hold `/`, `?`, `@` and `#` as they are; read in any other way a part of it would end up in a message.
  private static int address(String rest) {
    int start = 0;
    while (!ADDRESS.matcher(rest).region(start, rest.length()).matches()) {
      int at = rest.indexOf('@', start);
      if (at < 0) {
        if (rest.indexOf('@') == rest.lastIndexOf('@')) {
          return rest.indexOf('@') + 1;
        }
        throw new PgmendException(
            Kind.USAGE,
            "the connection URI cannot be understood",
            "Write special characters of a password percent-encoded, or use PGPASSWORD.");
      }
      start = at + 1;
    }
    return start;
  }

  private static void keywords(String text, Map<String, String> parameters) {
    int at = 0;
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
        continue;
      }
      int equals = text.indexOf('=', at);
      if (equals < 0) {
        throw new PgmendException(Kind.USAGE, "connection string: missing \"=\"");
      }
      String key = text.substring(at, equals).strip();
      at = equals + 1;
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      boolean quoted = at < text.length() && text.charAt(at) == '\'';
      at += quoted ? 1 : 0;
      StringBuilder value = new StringBuilder();
      while (at < text.length()
          && (quoted ? text.charAt(at) != '\'' : !Character.isWhitespace(text.charAt(at)))) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      if (quoted && at >= text.length()) {
        throw new PgmendException(Kind.USAGE, "connection string: unterminated quoted value");
      }
      at++;
      if (!value.isEmpty()) {
        parameters.put(key, value.toString());
      }
    }
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new PgmendException(Kind.USAGE, "connection URI: malformed percent-encoding");
    }
  }
}
