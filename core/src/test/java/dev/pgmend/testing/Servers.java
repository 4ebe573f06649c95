package dev.pgmend.testing;

import dev.pgmend.embedded.EmbeddedServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The servers that all tests of a run share: at most one for each major version, started when first asked
/// for and stopped at the end of the run. Roles and tablespaces are shared by all databases of a server, so a
/// test gives its roles names of their own, and drops them.
public final class Servers {
  /// The majors that tests may ask for, oldest first.
  public static final List<Integer> MAJORS = List.of(14, 15, 16, 17, 18);

  /// The major that Debian's client tools (`pg_dump`, `psql`) match.
  private static final int DEBIAN = 15;

  private static final Path DEBIAN_BIN = Path.of("/usr/lib/postgresql/" + DEBIAN + "/bin");
  private static final int NEWEST = MAJORS.getLast();
  private static final Map<String, String> SETTINGS = Map.of("max_connections", "200");
  private static final int REPLICATING = 0;
  private static final Map<Integer, EmbeddedServer> RUNNING = new ConcurrentHashMap<>();

  private Servers() {}

  /// {@return the server for tests that do not care: the installed version 15, else the embedded newest}
  public static EmbeddedServer shared() {
    return major(hasClientTools() ? DEBIAN : NEWEST);
  }

  /// {@return the server of a major version}
  public static EmbeddedServer major(int major) {
    return RUNNING.computeIfAbsent(major, Servers::start);
  }

  /// {@return whether `pg_dump` and its siblings are there, in the version of [#shared()]}
  public static boolean hasClientTools() {
    return Files.isExecutable(clientTool("pg_dump")) && Files.isExecutable(clientTool("postgres"));
  }

  /// {@return the path of a client program such as `pg_dump`, whether it exists or not}
  public static Path clientTool(String name) {
    return DEBIAN_BIN.resolve(name);
  }

  /// {@return a server like [#shared()] that can be a publisher, and its databases one another's subscribers}
  public static EmbeddedServer replicating() {
    return RUNNING.computeIfAbsent(
        REPLICATING,
        _ -> {
          Map<String, String> settings = new HashMap<>(SETTINGS);
          settings.put("wal_level", "logical");
          settings.put("max_replication_slots", "40");
          settings.put("max_wal_senders", "40");
          settings.put("max_worker_processes", "40");
          settings.put("max_logical_replication_workers", "30");
          return hasClientTools()
              ? EmbeddedServer.startFrom(DEBIAN_BIN, settings)
              : EmbeddedServer.start(NEWEST, settings);
        });
  }

  private static EmbeddedServer start(int major) {
    return major == DEBIAN && hasClientTools()
        ? EmbeddedServer.startFrom(DEBIAN_BIN, SETTINGS)
        : EmbeddedServer.start(major, SETTINGS);
  }
}
