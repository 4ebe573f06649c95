package dev.pgmend.postgres;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The keywords of libpq that pgmend knows, and the variables that stand for them. Source: PostgreSQL documentation, "Parameter Key
/// Words" and "Environment Variables" of libpq.
final class ConnectionParameters {
  /// From each keyword to its variable.
  static final Map<String, String> VARIABLES = variables();

  /// From each keyword to the driver's property, where it is handed on as it is.
  static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("sslmode", "sslmode"),
          Map.entry("sslrootcert", "sslrootcert"),
          Map.entry("sslcert", "sslcert"),
          Map.entry("sslkey", "sslkey"),
          Map.entry("sslpassword", "sslpassword"),
          Map.entry("connect_timeout", "connectTimeout"),
          Map.entry("options", "options"),
          Map.entry("channel_binding", "channelBinding"),
          Map.entry("gssencmode", "gssEncMode"),
          Map.entry("krbsrvname", "kerberosServerName"));

  /// Keywords of which nothing depends here: pgmend has its own name, sees to dead peers itself, and speaks UTF-8.
  static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "application_name",
          "fallback_application_name",
          "keepalives",
          "keepalives_idle",
          "keepalives_interval",
          "keepalives_count",
          "tcp_user_timeout",
          "client_encoding");

  /// Keywords that a URI may have behind the question mark.
  static final List<String> KNOWN = known();

  /// Variables that would change where or how libpq connects, and that pgmend cannot heed.
  static final Set<String> REFUSED =
      Set.of(
          "PGHOSTADDR",
          "PGTARGETSESSIONATTRS",
          "PGLOADBALANCEHOSTS",
          "PGREQUIREPEER",
          "PGREQUIREAUTH",
          "PGSSLCRL",
          "PGSSLCRLDIR",
          "PGSSLNEGOTIATION");

  private ConnectionParameters() {}

  private static Map<String, String> variables() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("host", "PGHOST");
    variables.put("port", "PGPORT");
    variables.put("dbname", "PGDATABASE");
    variables.put("user", "PGUSER");
    variables.put("password", "PGPASSWORD");
    variables.put("passfile", "PGPASSFILE");
    variables.put("service", "PGSERVICE");
    variables.put("sslmode", "PGSSLMODE");
    variables.put("sslrootcert", "PGSSLROOTCERT");
    variables.put("sslcert", "PGSSLCERT");
    variables.put("sslkey", "PGSSLKEY");
    variables.put("connect_timeout", "PGCONNECT_TIMEOUT");
    variables.put("options", "PGOPTIONS");
    variables.put("channel_binding", "PGCHANNELBINDING");
    variables.put("gssencmode", "PGGSSENCMODE");
    variables.put("krbsrvname", "PGKRBSRVNAME");
    return Collections.unmodifiableMap(variables);
  }

  private static List<String> known() {
    List<String> known = new ArrayList<>(VARIABLES.keySet());
    known.add("sslpassword");
    known.addAll(WITHOUT_EFFECT);
    return List.copyOf(known);
  }
}
