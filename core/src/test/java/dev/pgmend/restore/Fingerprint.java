package dev.pgmend.restore;

import dev.pgmend.testing.Database;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// A whole database as text, by the name of each thing in it: every object with all that the catalogs say of it, every
/// sequence's position, every table's rows. Schemas of pgmend are left out; what ties the rest to them is in it as `LEAK …`.
/// Two databases of one server are the same if their fingerprints are equal.
///
/// The queries are in `restore/fingerprint.sql`.
public final class Fingerprint {
  private static final String QUERIES = "/restore/fingerprint.sql";
  private static final List<String> STATEMENTS = statements();
  private static final int SHOWN = 600;

  private Fingerprint() {}

  /// {@return what is in the database, by name}
  public static SortedMap<String, String> of(Database database) {
    SortedMap<String, String> things = new TreeMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(
          "SET search_path = ''; SET TimeZone = 'UTC'; SET row_security = off; SET jit = off");
      connection.setAutoCommit(false);
      for (String sql : STATEMENTS) {
        if (sql.startsWith("create ")) {
          statement.execute(sql);
        } else {
          read(statement, sql, things);
        }
      }
      connection.rollback();
      return things;
    } catch (SQLException e) {
      throw new AssertionError("no fingerprint of " + database.name() + ": " + e.getMessage(), e);
    }
  }

  private static void read(Statement statement, String sql, Map<String, String> things)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        String name = String.valueOf(rows.getString(1));
        String before = things.put(name, String.valueOf(rows.getString(2)));
        if (before != null && !name.startsWith("LEAK")) {
          throw new AssertionError("two things are called \"%s\" in: %s".formatted(name, sql));
        }
      }
    } catch (SQLException e) {
      throw new SQLException(e.getMessage() + " in: " + sql, e);
    }
  }

  /// {@return what has gone, come or changed, a line for each; empty if nothing}
  public static List<String> difference(Map<String, String> expected, Map<String, String> actual) {
    var names = new TreeSet<>(expected.keySet());
    names.addAll(actual.keySet());
    var lines = new ArrayList<String>();
    for (String name : names) {
      String was = expected.get(name);
      String is = actual.get(name);
      if (was == null) {
        lines.add("unexpected: %s: %s".formatted(name, shown(String.valueOf(is), 0)));
      } else if (is == null) {
        lines.add("missing: %s: %s".formatted(name, shown(was, 0)));
      } else if (!was.equals(is)) {
        int at = Math.max(0, firstDifference(was, is) - 60);
        lines.add(
            "changed: %s:%n    expected %s%n    but has  %s"
                .formatted(name, shown(was, at), shown(is, at)));
      }
    }
    return lines;
  }

  private static int firstDifference(String a, String b) {
    int at = 0;
    while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
      at++;
    }
    return at;
  }

  private static String shown(String text, int from) {
    String rest = (from == 0 ? "" : "…") + text.substring(Math.min(from, text.length()));
    return rest.length() <= SHOWN ? rest : rest.substring(0, SHOWN) + "…";
  }

  private static List<String> statements() {
    try (InputStream in = Fingerprint.class.getResourceAsStream(QUERIES)) {
      if (in == null) {
        throw new IllegalStateException(QUERIES + " is missing");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return List.of(text.replaceAll("(?m)^--.*\n", "").strip().split("\n\n+"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
