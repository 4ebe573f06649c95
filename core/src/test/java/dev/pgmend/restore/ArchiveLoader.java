package dev.pgmend.restore;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LargeObjectReader;
import dev.pgmend.archive.LargeObjects;
import dev.pgmend.testing.Database;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.postgresql.PGConnection;

/// Restores a whole archive into an empty database, for servers that no pg_restore of their version is installed for.
final class ArchiveLoader {
  /// pg_restore does these when all else is done, in this order.
  private static final List<Set<String>> LAST =
      List.of(
          Set.of("ACL", "DEFAULT ACL"),
          Set.of("EVENT TRIGGER", "MATERIALIZED VIEW DATA", "REFRESH MATERIALIZED VIEW"));

  private static final Set<String> SKIPPED =
      Set.of("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "BLOB", "BLOB METADATA", "BLOBS");

  private ArchiveLoader() {}

  /// Loads everything.
  static void load(Archive archive, Database database) {
    List<String> failures = tryAll(archive, database);
    if (!failures.isEmpty()) {
      throw new AssertionError("cannot load %s: %s".formatted(archive.name(), failures));
    }
  }

  /// Loads what the server understands.
  ///
  /// @return what it does not
  static List<String> tryAll(Archive archive, Database database) {
    List<String> failures = new ArrayList<>();
    Set<String> owners = new TreeSet<>();
    archive.toc().entries().forEach(entry -> owners.add(entry.owner()));
    owners.removeAll(Set.of("", database.server().superuser()));
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(
          "SET search_path = ''; SET check_function_bodies = off; SET row_security = off; SET xmloption = content");
      // Every object is created by its owner, who may do anything meanwhile.
      for (String owner : owners) {
        statement.execute("ALTER ROLE \"%s\" SUPERUSER".formatted(owner));
      }
      try {
        largeObjects(archive, connection, statement);
        for (int pass = 0; pass <= LAST.size(); pass++) {
          for (Entry entry : archive.toc().entries()) {
            if (pass(entry) == pass) {
              try {
                restore(archive, entry, connection, statement);
              } catch (SQLException e) {
                failures.add("%s %s: %s".formatted(entry.desc(), entry.tag(), e.getMessage()));
              }
            }
          }
        }
      } finally {
        statement.execute("RESET SESSION AUTHORIZATION");
        for (String owner : owners) {
          statement.execute("ALTER ROLE \"%s\" NOSUPERUSER".formatted(owner));
        }
      }
    } catch (SQLException | IOException e) {
      throw new AssertionError("cannot load %s: %s".formatted(archive.name(), e.getMessage()), e);
    }
    return failures;
  }

  private static void largeObjects(Archive archive, Connection connection, Statement statement)
      throws SQLException {
    LargeObjects objects = LargeObjects.of(archive.toc());
    try (PreparedStatement create =
        connection.prepareStatement("SELECT pg_catalog.lo_from_bytea(?::bigint::oid, ?)")) {
      for (Entry entry : objects.data()) {
        List<Long> created = new ArrayList<>();
        archive.largeObjects(
            entry,
            new LargeObjectReader() {
              @Override
              public boolean wants(long oid) {
                return true;
              }

              @Override
              public void read(long oid, InputStream content) throws IOException {
                try {
                  create.setLong(1, oid);
                  create.setBytes(2, content.readAllBytes());
                  create.execute();
                } catch (SQLException e) {
                  throw new IOException(e);
                }
                created.add(oid);
              }
            });
        for (long oid : created) {
          statement.execute(
              "ALTER LARGE OBJECT %d OWNER TO \"%s\""
                  .formatted(oid, objects.find(oid).orElseThrow().owner()));
        }
      }
    }
  }

  private static int pass(Entry entry) {
    for (int i = 0; i < LAST.size(); i++) {
      if (LAST.get(i).contains(entry.desc())
          || i == 1 && entry.desc().equals("COMMENT") && entry.tag().startsWith("EVENT TRIGGER ")) {
        return i + 1;
      }
    }
    return 0;
  }

  private static void restore(
      Archive archive, Entry entry, Connection connection, Statement statement)
      throws SQLException, IOException {
    if (SKIPPED.contains(entry.desc())) {
      return;
    }
    statement.execute(
        entry.owner().isEmpty()
            ? "RESET SESSION AUTHORIZATION"
            : "SET SESSION AUTHORIZATION \"%s\"".formatted(entry.owner()));
    if (entry.desc().equals("TABLE DATA")) {
      try (InputStream rows = archive.copyText(entry)) {
        String copy = String.valueOf(entry.copyStmt()).strip().replaceFirst(";$", "");
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn(copy, rows);
      }
    } else if (!entry.defn().isBlank()) {
      statement.execute(entry.defn());
    }
  }
}
