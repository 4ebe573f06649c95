package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.embedded.EmbeddedServer;
import dev.pgmend.embedded.EmbeddedServerException;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The demo's own server with an empty database, and its archive as a file. Closing it leaves nothing behind.
final class DemoServer implements AutoCloseable {
  private static final String DATABASE = "demo";

  private final Path directory;
  private final EmbeddedServer server;

  private DemoServer(Path directory, EmbeddedServer server) {
    this.directory = directory;
    this.server = server;
  }

  static DemoServer start() {
    try {
      Path directory = Files.createTempDirectory("pgmend-demo");
      Resources.copy("demo/shop-demo.dump", directory.resolve("shop-demo.dump"));
      DemoServer demo = new DemoServer(directory, EmbeddedServer.start());
      demo.createDatabase();
      return demo;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (EmbeddedServerException e) {
      throw new PgmendException(
          Kind.CONNECTION,
          "the demo's server does not start: " + e.getMessage(),
          "pgmend restore works with a server of your own.",
          e);
    }
  }

  private void createDatabase() {
    try (Session session = session("postgres")) {
      session.execute("CREATE ROLE demo_clerk");
      session.execute("CREATE ROLE demo_analyst");
      session.execute("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'".formatted(DATABASE));
    }
  }

  Path archive() {
    return directory.resolve("shop-demo.dump");
  }

  String uri() {
    return uri(DATABASE);
  }

  String uri(String database) {
    return server.uri(database);
  }

  ConnectionTarget target() {
    return ConnectionTarget.parse(uri(), Map.of());
  }

  Session session() {
    return session(DATABASE);
  }

  private Session session(String database) {
    return Session.open(ConnectionTarget.parse(server.uri(database), Map.of()));
  }

  @Override
  public void close() {
    server.close();
    try {
      Files.deleteIfExists(archive());
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
