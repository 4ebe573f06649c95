package dev.pgmend.restore;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.testing.Database;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.postgresql.PGConnection;

/// Restores a whole archive into an empty database, for servers that no pg_restore of their version is installed for. Large
/// objects are left out.
final class ArchiveLoader {
  /// pg_restore does these when all else is done, in this order.
  private static final List<Set<String>> LAST =
      List.of(
          Set.of("ACL", "DEFAULT ACL"),
          Set.of("EVENT TRIGGER", "MATERIALIZED VIEW DATA", "REFRESH MATERIALIZED VIEW"));

  private static final Set<String> SKIPPED =
      Set.of("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "BLOB", "BLOB METADATA", "BLOBS");

  private ArchiveLoader() {}

  static void load(Archive archive, Database database) {
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
        for (int pass = 0; pass <= LAST.size(); pass++) {
          for (Entry entry : archive.toc().entries()) {
            if (pass(entry) == pass) {
              restore(archive, entry, connection, statement);
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
      throw new AssertionError("cannot load %s: %s".formatted(archive.path(), e.getMessage()), e);
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
    if (SKIPPED.contains(entry.desc()) || entry.tag().startsWith("LARGE OBJECT")) {
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
      try {
        statement.execute(entry.defn());
      } catch (SQLException e) {
        throw new SQLException(entry.desc() + " " + entry.tag() + ": " + e.getMessage(), e);
      }
    }
  }
}
