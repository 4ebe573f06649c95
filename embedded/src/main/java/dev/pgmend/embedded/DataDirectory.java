package dev.pgmend.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// A throwaway cluster: a temporary directory that holds the data directory and the server's log.
///
/// @param home the temporary directory
record DataDirectory(Path home) {
  // No synchronous_commit=off: what was committed must survive a crash of the server.
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "fsync", "off",
          "full_page_writes", "off",
          "shared_buffers", "64MB",
          "jit", "off",
          "timezone", "UTC",
          "log_timezone", "UTC",
          "logging_collector", "off",
          "log_destination", "stderr",
          "log_line_prefix", "%m [%p] %q%u@%d ");

  static DataDirectory create(
      Installation installation, Account account, Map<String, String> settings) {
    try {
      var directory = new DataDirectory(Files.createTempDirectory("pgmend-postgres-"));
      try {
        account.own(directory.home);
        directory.initialize(installation, account);
        directory.configure(settings);
        return directory;
      } catch (IOException | RuntimeException e) {
        directory.delete();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a data directory", e);
    }
  }

  Path data() {
    return home.resolve("data");
  }

  Path log() {
    return home.resolve("server.log");
  }

  /// {@return the last lines of the server's log}
  String logTail() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log()), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /// {@return the process id of the running postmaster, once it accepts connections}
  OptionalLong readyPid() {
    List<String> lines = postmasterPid();
    // Line 1 is the process id, line 8 the state, padded with blanks.
    return lines.size() >= 8 && lines.get(7).strip().equals("ready")
        ? OptionalLong.of(Long.parseLong(lines.getFirst().strip()))
        : OptionalLong.empty();
  }

  void delete() {
    try {
      FileTree.delete(home);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + home, e);
    }
  }

  private List<String> postmasterPid() {
    try {
      return Files.readAllLines(data().resolve("postmaster.pid"));
    } catch (IOException e) {
      return List.of();
    }
  }

  private void initialize(Installation installation, Account account) {
    var outcome = initdb(installation, account, "C.UTF-8");
    if (!outcome.succeeded() && outcome.output().contains("invalid locale")) {
      outcome = initdb(installation, account, "C");
    }
    if (!outcome.succeeded()) {
      throw new EmbeddedServerException(
          "initdb failed with status %d:%n%s".formatted(outcome.status(), outcome.output()));
    }
  }

  private Command.Outcome initdb(Installation installation, Account account, String locale) {
    return Command.run(
        account.command(
            List.of(
                installation.program("initdb").toString(),
                "--pgdata=" + data(),
                "--username=" + EmbeddedServer.SUPERUSER,
                "--encoding=UTF8",
                "--locale=" + locale,
                "--auth=trust",
                "--no-sync")));
  }

  private void configure(Map<String, String> settings) throws IOException {
    var merged = new LinkedHashMap<>(DEFAULTS);
    merged.putAll(settings);
    var lines = new ArrayList<String>();
    merged.forEach((name, value) -> lines.add(setting(name, value)));
    // Loopback only, whatever the settings say: everybody there is trusted.
    lines.add(setting("listen_addresses", "127.0.0.1"));
    lines.add(setting("unix_socket_directories", ""));
    Files.write(data().resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
    Files.writeString(
        data().resolve("pg_hba.conf"),
        """
        host all all 127.0.0.1/32 trust
        host replication all 127.0.0.1/32 trust
        """);
  }

  private static String setting(String name, String value) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
      throw new EmbeddedServerException("not the name of a PostgreSQL setting: " + name);
    }
    return name + " = '" + value.replace("'", "''") + "'";
  }
}
