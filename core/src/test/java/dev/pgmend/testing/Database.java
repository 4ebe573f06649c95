package dev.pgmend.testing;

import dev.pgmend.embedded.EmbeddedServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A fresh database of its own for a test, dropped when closed.
///
/// ```java
/// @AutoClose private final Database database = Database.create();
/// ```
///
/// Statements run as the superuser, each call in its own session, so nothing (a setting, a temporary table) carries
/// over; for that, and for other users, use [#connect]. SQL errors surface as [AssertionError] with
/// the statement.
public final class Database implements AutoCloseable {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final EmbeddedServer server;
  private final String name;

  private Database(EmbeddedServer server, String name) {
    this.server = server;
    this.name = name;
  }

  /// {@return an empty database on the shared server}
  public static Database create() {
    return create(Servers.shared());
  }

  /// {@return an empty database on that server}
  public static Database create(EmbeddedServer server) {
    return create(server, "template0");
  }

  /// {@return a copy of the database that nobody may be connected to}
  public static Database create(EmbeddedServer server, String template) {
    var database = new Database(server, "test_%d".formatted(COUNT.incrementAndGet()));
    database.administer(
        "CREATE DATABASE %s TEMPLATE \"%s\""
            .formatted(database.name, template.replace("\"", "\"\"")));
    return database;
  }

  /// {@return an empty database on the shared server in that encoding, with the C locale}
  public static Database inEncoding(String encoding) {
    return inEncoding(Servers.shared(), encoding);
  }

  /// {@return an empty database on a server in that encoding, with the C locale}
  public static Database inEncoding(EmbeddedServer server, String encoding) {
    var database = new Database(server, "test_%d".formatted(COUNT.incrementAndGet()));
    database.administer(
        "CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C'"
            .formatted(database.name, encoding));
    return database;
  }

  /// {@return a new database with the same content}
  public Database copy() {
    return create(server, name);
  }

  public EmbeddedServer server() {
    return server;
  }

  public String name() {
    return name;
  }

  /// {@return a libpq connection string for the superuser}
  public String uri() {
    return server.uri(name);
  }

  /// {@return a libpq connection string for a user}
  public String uri(String user) {
    return server.uri(name, user);
  }

  public String jdbcUrl() {
    return server.jdbcUrl(name);
  }

  /// {@return a new session of the superuser; the caller closes it}
  public Connection connect() {
    return connect(server.superuser());
  }

  /// {@return a new session of a user; the caller closes it}
  public Connection connect(String user) {
    try {
      return DriverManager.getConnection(server.jdbcUrl(name, user));
    } catch (SQLException e) {
      throw new AssertionError("cannot connect to " + uri(user) + ": " + e.getMessage(), e);
    }
  }

  /// Runs one or more statements; outside a transaction if there is but one.
  public void execute(String sql) {
    execute(server.superuser(), sql);
  }

  /// Runs one or more statements as a user.
  public void execute(String user, String sql) {
    try (var connection = connect(user);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// {@return the rows of a query, each value as text}
  public List<List<@Nullable String>> query(String sql) {
    try (var connection = connect();
        var statement = connection.createStatement();
        var result = statement.executeQuery(sql)) {
      var rows = new ArrayList<List<@Nullable String>>();
      while (result.next()) {
        rows.add(row(result));
      }
      return rows;
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// {@return the first column of a query}
  public List<@Nullable String> queryColumn(String sql) {
    var column = new ArrayList<@Nullable String>();
    query(sql).forEach(row -> column.add(row.getFirst()));
    return column;
  }

  /// {@return the only value of a query that has one row and one column}
  public @Nullable String queryValue(String sql) {
    List<List<@Nullable String>> rows = query(sql);
    if (rows.size() != 1 || rows.getFirst().size() != 1) {
      throw new AssertionError("not one value, but %s: %s".formatted(rows, sql));
    }
    return rows.getFirst().getFirst();
  }

  /// {@return the only value of a query, as a number}
  public long queryLong(String sql) {
    String value = queryValue(sql);
    if (value == null) {
      throw new AssertionError("null, not a number: " + sql);
    }
    return Long.parseLong(value);
  }

  /// Drops the database, with whoever is connected to it.
  @Override
  public void close() {
    administer("DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(name));
  }

  private void administer(String sql) {
    try (var connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  private static List<@Nullable String> row(ResultSet result) throws SQLException {
    var row = new ArrayList<@Nullable String>();
    for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
      row.add(result.getString(column));
    }
    return row;
  }

  private static AssertionError failure(String sql, SQLException e) {
    return new AssertionError("%s%nin: %s".formatted(e.getMessage(), sql), e);
  }
}
