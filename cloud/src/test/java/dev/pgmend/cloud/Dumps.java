package dev.pgmend.cloud;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.embedded.EmbeddedServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// A database with three tables of some megabytes each, and dumps of it.
public final class Dumps implements AutoCloseable {
  private static final Path BIN = Path.of("/usr/lib/postgresql/15/bin");

  private final EmbeddedServer server;
  private final Path directory;

  public Dumps(Path directory) {
    this.directory = directory;
    server = EmbeddedServer.startFrom(BIN, Map.of());
    execute("postgres", "CREATE DATABASE source", "CREATE DATABASE target");
    for (String table : List.of("a", "b", "c")) {
      execute(
          "source",
          "CREATE TABLE %s (id int PRIMARY KEY, text text NOT NULL)".formatted(table),
          // Hardly compressible, so that sizes are alike in all formats.
          "INSERT INTO %1$s SELECT i, (SELECT string_agg(md5('%1$s' || i || j), '') FROM generate_series(1, 8) j) FROM generate_series(1, 12000) i"
              .formatted(table));
    }
    execute("source", "CREATE VIEW firsts AS SELECT min(id) FROM b");
  }

  /// {@return whether PostgreSQL and pg_dump are installed}
  public static boolean possible() {
    return Files.isExecutable(BIN.resolve("pg_dump"))
        && Files.isExecutable(BIN.resolve("postgres"));
  }

  public String uri(String database) {
    return server.uri(database);
  }

  public void execute(String database, String... statements) {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl(database));
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /// {@return the only value of a query}
  public String query(String database, String sql) {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl(database));
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getString(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /// {@return a dump in some format, by pg_dump's letter}
  public Path dump(String name, String... options) throws IOException, InterruptedException {
    Path file = directory.resolve(name);
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                BIN.resolve("pg_dump").toString(), server.uri("source"), "-f", file.toString()));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("pg_dump.log").toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new AssertionError(Files.readString(directory.resolve("pg_dump.log")));
    }
    return file;
  }

  /// {@return the digest of a table's rows in an archive}
  public static String rows(Archive archive, String table) {
    try (InputStream rows = archive.copyText(data(archive, table))) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int count; (count = rows.read(buffer)) >= 0; ) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// {@return the entry of a table's rows}
  public static Entry data(Archive archive, String table) {
    return archive.toc().entries().stream()
        .filter(entry -> entry.desc().equals("TABLE DATA") && entry.tag().equals(table))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    server.close();
  }
}
