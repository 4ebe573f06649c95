package dev.pgmend.script;

import java.util.Set;

/// What SET statements say about the statements after them.
final class Settings {
  /// Those that mean nothing for what is read.
  private static final Set<String> HARMLESS =
      Set.of(
          "statement_timeout",
          "lock_timeout",
          "idle_in_transaction_session_timeout",
          "transaction_timeout",
          "client_encoding",
          "standard_conforming_strings",
          "escape_string_warning",
          "check_function_bodies",
          "xmloption",
          "client_min_messages",
          "row_security",
          "default_with_oids",
          "default_transaction_read_only",
          "default_toast_compression",
          "synchronous_commit",
          "session_replication_role");

  /// The schema of unqualified names, "" since all are qualified.
  String namespace = "";

  String tablespace = "";
  String tableAccessMethod = "";

  /// Whoever creates things, "" for whoever restores.
  String user = "";

  /// Reads a SET or RESET.
  void set(Tokens tokens) {
    if (tokens.accept("reset")) {
      tokens.expect("session", "authorization");
      user = "";
      return;
    }
    tokens.expect("set");
    if (tokens.accept("session", "authorization")) {
      user = tokens.accept("default") ? "" : tokens.next().value();
      return;
    }
    String name = tokens.name();
    if (!tokens.accept("to") && !tokens.next().value().equals("=")) {
      throw new Tokens.Unexpected();
    }
    String value = tokens.next().value();
    switch (name) {
      case "search_path" -> namespace = value.equals("pg_catalog") ? "" : value;
      case "default_tablespace" -> tablespace = value;
      case "default_table_access_method" -> tableAccessMethod = value;
      default -> {
        if (!HARMLESS.contains(name)) {
          throw new Tokens.Unexpected();
        }
      }
    }
  }
}
