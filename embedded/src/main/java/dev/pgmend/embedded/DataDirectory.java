package dev.pgmend.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A throwaway cluster: a temporary directory that holds the data directory and the server's log.
///
/// @param home the temporary directory
record DataDirectory(Path home) {
  private static final int DELETE_ATTEMPTS = 50;

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

  /// {@return an empty directory of the account's}
  static DataDirectory create(Account account) {
    try {
      var directory = new DataDirectory(Files.createTempDirectory("pgmend-postgres-"));
      try {
        account.own(directory.home);
        return directory;
      } catch (IOException | RuntimeException e) {
        directory.delete();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a data directory", e);
    }
  }

  /// Creates the cluster in it.
  ///
  /// @param password the superuser's; without one everybody on this machine is trusted
  void fill(
      Installation installation,
      Account account,
      Map<String, String> settings,
      @Nullable String password) {
    try {
      initialize(installation, account, password);
      configure(settings, password == null ? "trust" : "scram-sha-256");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot fill " + home, e);
    }
  }

  /// Fills it with a copy of a running cluster, as a standby of that.
  void copy(Installation installation, Account account, int primary, Map<String, String> settings) {
    var outcome =
        Command.run(
            account.command(
                List.of(
                    installation.program("pg_basebackup").toString(),
                    "--pgdata=" + data(),
                    "--host=127.0.0.1",
                    "--port=" + primary,
                    "--username=" + EmbeddedServer.SUPERUSER,
                    "--write-recovery-conf",
                    "--checkpoint=fast",
                    "--no-sync")));
    if (!outcome.succeeded()) {
      throw new EmbeddedServerException(
          "pg_basebackup failed with status %d:%n%s".formatted(outcome.status(), outcome.output()));
    }
    var lines = new ArrayList<String>();
    settings.forEach((name, value) -> lines.add(setting(name, value)));
    try {
      Files.write(data().resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot configure " + home, e);
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

  /// Deletes everything, also under the hands of an initdb that is still at work and then gives up.
  void delete() {
    for (int attempt = 1; ; attempt++) {
      try {
        FileTree.delete(home);
        return;
      } catch (IOException e) {
        if (attempt == DELETE_ATTEMPTS) {
          throw new UncheckedIOException("cannot delete " + home, e);
        }
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  private List<String> postmasterPid() {
    try {
      return Files.readAllLines(data().resolve("postmaster.pid"));
    } catch (IOException e) {
      return List.of();
    }
  }

  private void initialize(Installation installation, Account account, @Nullable String password)
      throws IOException {
    // Only the account can look into the directory, whatever the file's own permissions say.
    Path secret = home.resolve("password");
    List<String> authentication = List.of("--auth=trust");
    if (password != null) {
      Files.writeString(secret, password);
      Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
      authentication = List.of("--auth=scram-sha-256", "--pwfile=" + secret);
    }
    var outcome = initdb(installation, account, "C.UTF-8", authentication);
    if (!outcome.succeeded() && outcome.output().contains("invalid locale")) {
      outcome = initdb(installation, account, "C", authentication);
    }
    Files.deleteIfExists(secret);
    if (!outcome.succeeded()) {
      throw new EmbeddedServerException(
          "initdb failed with status %d:%n%s".formatted(outcome.status(), outcome.output()));
    }
  }

  private Command.Outcome initdb(
      Installation installation, Account account, String locale, List<String> authentication) {
    var command =
        new ArrayList<>(
            List.of(
                installation.program("initdb").toString(),
                "--pgdata=" + data(),
                "--username=" + EmbeddedServer.SUPERUSER,
                "--encoding=UTF8",
                "--locale=" + locale,
                "--no-sync"));
    command.addAll(authentication);
    return Command.run(account.command(command));
  }

  private void configure(Map<String, String> settings, String method) throws IOException {
    var merged = new LinkedHashMap<>(DEFAULTS);
    merged.putAll(settings);
    var lines = new ArrayList<String>();
    merged.forEach((name, value) -> lines.add(setting(name, value)));
    // Loopback only, whatever the settings say: everybody there may be trusted.
    lines.add(setting("listen_addresses", "127.0.0.1"));
    lines.add(setting("unix_socket_directories", ""));
    Files.write(data().resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
    Files.writeString(
        data().resolve("pg_hba.conf"),
        """
        host all all 127.0.0.1/32 %1$s
        host replication all 127.0.0.1/32 %1$s
        """
            .formatted(method));
  }

  private static String setting(String name, String value) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
      throw new EmbeddedServerException("not the name of a PostgreSQL setting: " + name);
    }
    return name + " = '" + value.replace("'", "''") + "'";
  }
}
