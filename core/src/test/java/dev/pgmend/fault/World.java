package dev.pgmend.fault;

import dev.pgmend.archive.Archive;
import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Client;
import dev.pgmend.restore.Fingerprint;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Archives;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A server of its own, which may be crashed, with a database for each scene in which the accident has happened, and the archive
/// made before. Everything belongs to an ordinary role, which is the one that restores.
final class World implements AutoCloseable {
  static final String OWNER = "fault_owner";

  private final EmbeddedServer server =
      EmbeddedServer.startFrom(
          Servers.clientTool("postgres").getParent(), Map.of("max_connections", "50"));
  private final Map<Scene, Before> scenes = new EnumMap<>(Scene.class);
  private final Path directory;
  private final Path archive;

  /// A scene as it is before a restore.
  ///
  /// @param fingerprint of the database
  /// @param restored the fingerprint after a restore without faults
  private record Before(
      Database database,
      SortedMap<String, String> fingerprint,
      SortedMap<String, String> restored,
      Fault.Course course) {}

  /// @param scenes those that are needed
  World(Scene... scenes) {
    try {
      directory = Files.createTempDirectory("fault-");
      archive = directory.resolve("shop.dump");
      try (Database shop = Database.create(server)) {
        shop.execute(
            "CREATE ROLE %s LOGIN; ALTER DATABASE %s OWNER TO %1$s".formatted(OWNER, shop.name()));
        shop.execute("GRANT pg_monitor TO %s WITH ADMIN OPTION".formatted(OWNER));
        shop.execute(OWNER, Files.readString(Archives.path("fault/shop.sql")));
        Client.dump(shop, archive, false, List.of("-Fc"));
        for (Scene scene : scenes) {
          this.scenes.put(scene, before(shop, scene));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Before before(Database shop, Scene scene) {
    Database wrecked = shop.copy();
    wrecked.execute(scene.accident());
    try (Database copy = own(wrecked.copy());
        Proxy proxy = new Proxy(server.port(), Proxy.Tap.NONE)) {
      var before = new AtomicInteger();
      var boundaries =
          new Child.Boundaries(_ -> {}) {
            @Override
            public void phase(String name) {
              super.phase(name);
              if (name.equals("cutover")) {
                before.set(proxy.commits());
              }
            }
          };
      Outcome outcome = restore(target(copy, proxy.port()), scene, boundaries);
      if (outcome.status() != Outcome.Status.DONE) {
        throw new AssertionError(scene + ": " + outcome);
      }
      return new Before(
          wrecked,
          Fingerprint.of(wrecked),
          Fingerprint.of(copy),
          new Fault.Course(boundaries.number(), proxy.sent(), proxy.commits(), before.get() + 1));
    }
  }

  /// {@return a copy of the scene's database; the caller closes it}
  Database copy(Scene scene) {
    return own(scenes.get(scene).database.copy());
  }

  private static Database own(Database database) {
    database.execute("ALTER DATABASE %s OWNER TO %s".formatted(database.name(), OWNER));
    return database;
  }

  /// Restores in this process.
  Outcome restore(ConnectionTarget target, Scene scene, Progress progress) {
    try (Archive opened = Archive.open(archive);
        TableRestore restore = TableRestore.open(opened, target)) {
      return restore.run(restore.plan(scene.request()), progress);
    }
  }

  ConnectionTarget target(Database database) {
    return target(database, server.port());
  }

  ConnectionTarget target(Database database, int port) {
    return ConnectionTarget.parse(uri(database, port), Map.of());
  }

  static String uri(Database database, int port) {
    return "postgresql://%s@127.0.0.1:%d/%s".formatted(OWNER, port, database.name());
  }

  EmbeddedServer server() {
    return server;
  }

  Path archive() {
    return archive;
  }

  /// {@return the database's fingerprint before the restore}
  SortedMap<String, String> before(Scene scene) {
    return scenes.get(scene).fingerprint;
  }

  /// {@return the database's fingerprint after a restore without faults}
  SortedMap<String, String> restored(Scene scene) {
    return scenes.get(scene).restored;
  }

  /// {@return what restores do that nothing happens to}
  Map<Scene, Fault.Course> courses() {
    var courses = new EnumMap<Scene, Fault.Course>(Scene.class);
    scenes.forEach((scene, before) -> courses.put(scene, before.course));
    return courses;
  }

  @Override
  public void close() {
    server.close();
    Client.delete(directory);
  }
}
