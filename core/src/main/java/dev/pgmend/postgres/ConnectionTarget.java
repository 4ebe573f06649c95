package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a server is, as libpq would understand it: a `postgresql://` URI or a `key=value` string, completed by the `PG*`
/// environment variables. Source: PostgreSQL documentation, "Connection Strings" and "Environment Variables" of libpq.
///
/// The password is kept apart and never part of [#toString].
public final class ConnectionTarget {
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "host", "PGHOST",
          "port", "PGPORT",
          "dbname", "PGDATABASE",
          "user", "PGUSER",
          "password", "PGPASSWORD",
          "sslmode", "PGSSLMODE",
          "sslrootcert", "PGSSLROOTCERT",
          "sslcert", "PGSSLCERT",
          "sslkey", "PGSSLKEY",
          "connect_timeout", "PGCONNECT_TIMEOUT");

  private static final Pattern ADDRESS = address();
  private static final Pattern KEYWORD = Pattern.compile("\\s*([a-z_]+)\\s*=");
  private static final Set<String> OTHERS = Set.of("application_name", "options", "service");

  private static Pattern address() {
    String pair =
        "(?:application_name|options|%s)=[^&]*".formatted(String.join("|", ENVIRONMENT.keySet()));
    return Pattern.compile("[^/?@]*(?:/[^?@]*)?(?:\\?(?:%s)(?:&%s)*)?".formatted(pair, pair));
  }

  private final Map<String, String> parameters;

  private ConnectionTarget(Map<String, String> parameters) {
    this.parameters = parameters;
  }

  /// Parses what the user gave. Anything that libpq knows and pgmend does not is refused by name, never ignored.
  public static ConnectionTarget parse(String text, Map<String, String> environment) {
    Map<String, String> parameters = new LinkedHashMap<>();
    ENVIRONMENT.forEach((key, variable) -> {
      String value = environment.get(variable);
      if (value != null && !value.isEmpty()) {
        parameters.put(key, value);
      }
    });
    if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
      parseUri(text.substring(text.indexOf("://") + 3), parameters);
    } else if (text.contains("=")) {
      parseKeywords(text, parameters);
    } else if (text.contains("@")) {
      // What is before the @ may be a password: it is not repeated.
      throw new PgmendException(
          Kind.USAGE,
          "this is no connection string, and hardly the name of a database",
          "Begin a URI with postgresql://; a database may be named with dbname=.");
    } else if (!text.isEmpty()) {
      parameters.put("dbname", text);
    }
    for (String key : parameters.keySet()) {
      if (!ENVIRONMENT.containsKey(key)
          && !key.equals("application_name")
          && !key.equals("options")) {
        throw new PgmendException(
            Kind.USAGE, "connection parameter \"%s\" is not supported".formatted(key));
      }
    }
    String host = parameters.getOrDefault("host", "localhost");
    if (host.contains(",")) {
      throw new PgmendException(
          Kind.USAGE, "several hosts in one connection string are not supported");
    }
    if (!parameters.getOrDefault("port", "5432").matches("[0-9]{1,5}")) {
      throw new PgmendException(
          Kind.USAGE,
          "connection string: the port is not a number",
          "Write special characters of a password percent-encoded, or use PGPASSWORD.");
    }
    if (host.startsWith("/")) {
      throw new PgmendException(
          Kind.USAGE,
          "connections through a Unix socket (%s) are not supported".formatted(host),
          "Name a host: postgresql://user@localhost/database.");
    }
    return new ConnectionTarget(parameters);
  }

  private static void parseUri(String rest, Map<String, String> parameters) {
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

  private static void parseKeywords(String text, Map<String, String> parameters) {
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

  /// {@return the name of the database}
  public String database() {
    return parameters.getOrDefault("dbname", user());
  }

  String user() {
    return parameters.getOrDefault("user", System.getProperty("user.name", "postgres"));
  }

  String jdbcUrl() {
    String host = parameters.getOrDefault("host", "localhost");
    return "jdbc:postgresql://%s:%s/"
        .formatted(
            host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host,
            parameters.getOrDefault("port", "5432"));
  }

  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("PGDBNAME", database());
    properties.setProperty("user", user());
    copy("password", "password", properties);
    copy("sslmode", "sslmode", properties);
    copy("sslrootcert", "sslrootcert", properties);
    copy("sslcert", "sslcert", properties);
    copy("sslkey", "sslkey", properties);
    copy("connect_timeout", "connectTimeout", properties);
    copy("options", "options", properties);
    return properties;
  }

  /// {@return the variables by which a program that uses libpq connects in the same way} They hold the password; what they do not
  /// name of the variables that libpq knows has to be left out of the program's environment.
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    ENVIRONMENT.forEach((key, variable) -> {
      @Nullable String value = parameters.get(key);
      if (value != null) {
        variables.put(variable, value);
      }
    });
    variables.put("PGHOST", parameters.getOrDefault("host", "localhost"));
    variables.put("PGPORT", parameters.getOrDefault("port", "5432"));
    variables.put("PGUSER", user());
    variables.put("PGDATABASE", database());
    @Nullable String options = parameters.get("options");
    if (options != null) {
      variables.put("PGOPTIONS", options);
    }
    return variables;
  }

  /// {@return whether a text looks like a connection string rather than the name of a file or a database}
  public static boolean isConnectionString(String text) {
    if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
      return true;
    }
    Matcher keyword = KEYWORD.matcher(text);
    return keyword.lookingAt()
        && (ENVIRONMENT.containsKey(keyword.group(1)) || OTHERS.contains(keyword.group(1)));
  }

  private void copy(String from, String to, Properties properties) {
    @Nullable String value = parameters.get(from);
    if (value != null) {
      properties.setProperty(to, value);
    }
  }

  /// {@return `user@host:port/database`, without any secret}
  @Override
  public String toString() {
    return "%s@%s:%s/%s"
        .formatted(
            user(),
            parameters.getOrDefault("host", "localhost"),
            parameters.getOrDefault("port", "5432"),
            database());
  }
}
