package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where a server is, as libpq would understand it: a `postgresql://` URI or a `key=value` string, completed by the service that it
/// names, by the `PG*` environment variables, and by the password file.
///
/// The password is kept apart and never part of [#toString].
public final class ConnectionTarget {
  /// Where servers put their sockets: Debian's and Red Hat's place, and PostgreSQL's own.
  private static final List<String> SOCKETS = List.of("/var/run/postgresql", "/tmp");

  private static final Pattern KEYWORD = Pattern.compile("\\s*([a-z_]+)\\s*=");

  private final Map<String, String> parameters;

  /// Why the password file is not used, empty if there is no reason.
  private final Optional<String> remark;

  private ConnectionTarget(Map<String, String> parameters, Optional<String> remark) {
    this.parameters = parameters;
    this.remark = remark;
  }

  /// Parses what the user gave. Anything that libpq knows and pgmend does not is refused by name, never ignored.
  ///
  /// @param environment HOME, for the files that libpq looks for there, and the `PG*` variables
  public static ConnectionTarget parse(String text, Map<String, String> environment) {
    Map<String, String> parameters = ConnectionString.parse(text);
    String service = parameters.getOrDefault("service", environment.getOrDefault("PGSERVICE", ""));
    if (!service.isEmpty()) {
      ServiceFile.service(service, environment).forEach(parameters::putIfAbsent);
    }
    ConnectionParameters.VARIABLES.forEach((key, variable) -> {
      String value = environment.get(variable);
      if (value != null && !value.isEmpty()) {
        parameters.putIfAbsent(key, value);
      }
    });
    parameters.remove("service");
    check(parameters, environment);
    Optional<String> remark =
        parameters.containsKey("password") ? Optional.empty() : password(parameters, environment);
    return new ConnectionTarget(parameters, remark);
  }

  private static void check(Map<String, String> parameters, Map<String, String> environment) {
    for (String key : parameters.keySet()) {
      if (!ConnectionParameters.KNOWN.contains(key)) {
        throw new PgmendException(
            Kind.USAGE, "connection parameter \"%s\" is not supported".formatted(key));
      }
    }
    for (String variable : ConnectionParameters.REFUSED) {
      if (!environment.getOrDefault(variable, "").isEmpty()) {
        throw new PgmendException(
            Kind.USAGE,
            "the environment variable %s is set, which pgmend does not support".formatted(variable),
            "env -u %s pgmend …".formatted(variable));
      }
    }
    if (parameters.getOrDefault("host", "").contains(",")) {
      throw new PgmendException(
          Kind.USAGE, "several hosts in one connection string are not supported");
    }
    if (!parameters.getOrDefault("port", "5432").matches("[0-9]{1,5}")) {
      throw new PgmendException(
          Kind.USAGE,
          "connection string: the port is not a number",
          "Write special characters of a password percent-encoded, or use PGPASSWORD.");
    }
  }

  /// Adds the password of the password file.
  ///
  /// @return why that is not used
  private static Optional<String> password(
      Map<String, String> parameters, Map<String, String> environment) {
    String named = parameters.get("passfile");
    String home = environment.get("HOME");
    if (named == null && (home == null || home.isEmpty())) {
      return Optional.empty();
    }
    PasswordFile file =
        PasswordFile.read(named == null ? Path.of(home, ".pgpass") : Path.of(named));
    String host = host(parameters);
    file.password(
            SOCKETS.contains(host) ? "localhost" : host,
            port(parameters),
            database(parameters),
            user(parameters))
        .ifPresent(password -> parameters.put("password", password));
    return file.ignored();
  }

  /// {@return whether a text looks like a connection string rather than the name of a file or a database}
  public static boolean isConnectionString(String text) {
    if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
      return true;
    }
    Matcher keyword = KEYWORD.matcher(text);
    return keyword.lookingAt() && ConnectionParameters.KNOWN.contains(keyword.group(1));
  }

  /// {@return whether an environment variable is one of libpq's by which it finds a server}
  public static boolean isVariable(String name) {
    return ConnectionParameters.VARIABLES.containsValue(name)
        || ConnectionParameters.REFUSED.contains(name);
  }

  /// {@return the name of the database}
  public String database() {
    return database(parameters);
  }

  private static String database(Map<String, String> parameters) {
    return parameters.getOrDefault("dbname", user(parameters));
  }

  String user() {
    return user(parameters);
  }

  private static String user(Map<String, String> parameters) {
    return parameters.getOrDefault("user", System.getProperty("user.name", "postgres"));
  }

  private static String port(Map<String, String> parameters) {
    return parameters.getOrDefault("port", "5432");
  }

  /// As libpq: where nothing is said, the socket of a local server, if there is one.
  private static String host(Map<String, String> parameters) {
    String host = parameters.get("host");
    if (host != null) {
      return host;
    }
    return SOCKETS.stream()
        .filter(directory -> Files.exists(socket(directory, port(parameters))))
        .findFirst()
        .orElse("localhost");
  }

  private static Path socket(String directory, String port) {
    return Path.of(directory, ".s.PGSQL." + port);
  }

  private boolean isSocket() {
    return host(parameters).startsWith("/");
  }

  String jdbcUrl() {
    String host = isSocket() ? "localhost" : host(parameters);
    return "jdbc:postgresql://%s:%s/"
        .formatted(
            host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host,
            port(parameters));
  }

  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("PGDBNAME", database());
    properties.setProperty("user", user());
    // Without any, the driver would look for one in files that libpq passes over.
    properties.setProperty("password", parameters.getOrDefault("password", ""));
    ConnectionParameters.PROPERTIES.forEach((key, property) -> {
      @Nullable String value = parameters.get(key);
      if (value != null) {
        properties.setProperty(property, value);
      }
    });
    if (isSocket()) {
      properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
      properties.setProperty(
          "socketFactoryArg", socket(host(parameters), port(parameters)).toString());
      // As libpq: nobody can listen on a Unix socket.
      properties.setProperty("sslmode", "disable");
      properties.setProperty("gssEncMode", "disable");
    } else if (parameters.getOrDefault("sslrootcert", "").equals("system")) {
      if (!parameters.getOrDefault("sslmode", "verify-full").equals("verify-full")) {
        throw new PgmendException(
            Kind.USAGE,
            "sslmode=%s is too weak for sslrootcert=system".formatted(parameters.get("sslmode")),
            "sslmode=verify-full.");
      }
      properties.remove("sslrootcert");
      properties.setProperty("sslmode", "verify-full");
      properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
    }
    return properties;
  }

  /// {@return what else there is to say when the server cannot be reached, empty for nothing}
  Optional<String> remark() {
    return remark;
  }

  /// {@return the variables by which a program that uses libpq connects in the same way} They hold the password; what they do not
  /// name of the variables that libpq knows has to be left out of the program's environment.
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    ConnectionParameters.VARIABLES.forEach((key, variable) -> {
      @Nullable String value = parameters.get(key);
      if (value != null) {
        variables.put(variable, value);
      }
    });
    variables.put("PGHOST", host(parameters));
    variables.put("PGPORT", port(parameters));
    variables.put("PGUSER", user());
    variables.put("PGDATABASE", database());
    return variables;
  }

  /// {@return the lines of a password file for this server alone, if there is a password}
  public Optional<String> passwordFileLines() {
    return Optional.ofNullable(parameters.get("password"))
        .map(password ->
            List.of(host(parameters), "localhost").stream()
                .distinct()
                .filter(host -> isSocket() || host.equals(host(parameters)))
                .map(host ->
                    "%s:%s:%s:%s:%s%n"
                        .formatted(
                            PasswordFile.escaped(host),
                            port(parameters),
                            PasswordFile.escaped(database()),
                            PasswordFile.escaped(user()),
                            PasswordFile.escaped(password)))
                .collect(Collectors.joining()));
  }

  /// {@return a URI of the same server, without any secret}
  public String uri() {
    String host = host(parameters);
    String place =
        isSocket()
            ? encode(host)
            : host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    String further =
        ConnectionParameters.PROPERTIES.keySet().stream()
            .filter(key -> !key.equals("sslpassword") && parameters.containsKey(key))
            .sorted()
            .map(key -> key + "=" + encode(parameters.getOrDefault(key, "")))
            .collect(Collectors.joining("&"));
    return "postgresql://%s@%s:%s/%s%s"
        .formatted(
            encode(user()),
            place,
            port(parameters),
            encode(database()),
            further.isEmpty() ? "" : "?" + further);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// {@return `user@host:port/database`, without any secret}
  @Override
  public String toString() {
    return "%s@%s:%s/%s".formatted(user(), host(parameters), port(parameters), database());
  }
}
