package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/// One connection to a server, with the settings under which pg_dump's SQL means what it says. Not thread-safe. Every
/// failure is a [SqlFailure].
public final class Session implements AutoCloseable {
  /// The settings of every session. search_path is empty as in pg_dump's own scripts; row_security=off turns a silently
  /// filtered read into an error; the output settings make text from two servers comparable.
  private static final List<String> SETTINGS =
      List.of(
          "search_path = ''",
          "row_security = off",
          "statement_timeout = 0",
          "lock_timeout = 0",
          "idle_in_transaction_session_timeout = 0",
          "idle_session_timeout = 0",
          "standard_conforming_strings = on",
          "check_function_bodies = off",
          "xmloption = content",
          "client_min_messages = warning",
          "DateStyle = 'ISO, YMD'",
          "IntervalStyle = 'postgres'",
          "TimeZone = 'UTC'",
          "extra_float_digits = 3",
          "bytea_output = 'hex'",
          "quote_all_identifiers = off",
          "default_transaction_read_only = off",
          "default_transaction_isolation = 'read committed'",
          "default_tablespace = ''",
          "default_table_access_method = heap",
          "array_nulls = on",
          "transform_null_equals = off",
          "vacuum_cost_delay = 0");

  /// Settings that not every server has: transaction_timeout is of 17, and only some systems can tell that a client is gone. With
  /// the latter a server ends the session of a killed pgmend by itself, and lets go of its locks.
  private static final List<String> OPTIONAL =
      List.of("transaction_timeout = 0", "client_connection_check_interval = '5s'");

  /// The driver would log to the console what a [SqlFailure] says, and the address that it was given.
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  static {
    DRIVER.setLevel(Level.OFF);
  }

  private final Connection connection;
  private final String defaultSearchPath;
  private final String description;
  private final Interruption interruption;

  private Session(Connection connection, String defaultSearchPath, String description) {
    this.connection = connection;
    this.defaultSearchPath = defaultSearchPath;
    this.description = description;
    this.interruption = new Interruption(connection);
  }

  /// Connects and applies the settings.
  public static Session open(ConnectionTarget target) {
    Properties properties = target.properties();
    properties.setProperty("ApplicationName", "pgmend");
    properties.setProperty("preferQueryMode", "extendedForPrepared");
    properties.setProperty("escapeSyntaxCallMode", "callIfNoReturn");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("prepareThreshold", "0");
    Connection connection;
    try {
      connection = DriverManager.getConnection(target.jdbcUrl(), properties);
    } catch (SQLException e) {
      throw new PgmendException(
          Kind.CONNECTION,
          "cannot connect to %s: %s".formatted(target, firstLine(e)),
          "Check the address and the credentials; the target was not touched.",
          e);
    }
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      String path;
      try (ResultSet rows = statement.executeQuery("SHOW search_path")) {
        rows.next();
        path = rows.getString(1);
      }
      statement.execute("SET " + String.join("; SET ", SETTINGS));
      for (String setting : OPTIONAL) {
        trySetting(statement, setting);
      }
      originRole(statement);
      return new Session(connection, path, target.toString());
    } catch (PgmendException | SQLException e) {
      PgmendException failure =
          e instanceof SQLException sql ? new SqlFailure("", sql) : (PgmendException) e;
      try {
        connection.close();
      } catch (SQLException closing) {
        failure.addSuppressed(closing);
      }
      throw failure;
    }
  }

  private static void trySetting(Statement statement, String setting) throws SQLException {
    try {
      statement.execute("SET " + setting);
    } catch (SQLException e) {
      if (!SqlState.isUnknownSetting(String.valueOf(e.getSQLState()))) {
        throw e;
      }
    }
  }

  /// Under session_replication_role = replica foreign keys are not checked; a role or database may have been set so.
  private static void originRole(Statement statement) throws SQLException {
    String role;
    try (ResultSet rows = statement.executeQuery("SHOW session_replication_role")) {
      rows.next();
      role = rows.getString(1);
    }
    if (!role.equals("origin")) {
      try {
        statement.execute("SET session_replication_role = origin");
      } catch (SQLException e) {
        throw new PgmendException(
            Kind.REFUSED,
            "this session has session_replication_role = %s, set for the role or the database, and may not change it: no foreign key would be checked; nothing was touched"
                .formatted(role),
            "A superuser can take it back: ALTER ROLE … RESET session_replication_role, or ALTER DATABASE … RESET session_replication_role.",
            e);
      }
    }
  }

  private static String firstLine(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse("no reason given");
  }

  /// {@return the search_path that this role has in this database when nobody sets another}
  public String defaultSearchPath() {
    return defaultSearchPath;
  }

  /// {@return who is connected to what, for messages}
  public String description() {
    return description;
  }

  /// Stops what this session does: the statement that is running is cancelled, or the next one fails, with a [PgmendException] of
  /// kind INTERRUPTED. After that the session can be used again, to clean up. May be called by any thread; returns when the session
  /// has taken notice.
  public void interrupt() {
    interruption.ask();
  }

  private PgmendException failure(String sql, SQLException e) {
    return interruption.failure(sql, e);
  }

  /// Runs one or several statements as the server parses them.
  public void execute(String sql) {
    interruption.check();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// Runs one statement with parameters and returns the number of rows it touched.
  public long update(String sql, @Nullable Object... parameters) {
    interruption.check();
    try (PreparedStatement statement = prepare(sql, parameters)) {
      return statement.executeLargeUpdate();
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// Runs one statement as plain text and returns the number of rows it touched: for SQL that may hold question marks.
  public long updateText(String sql) {
    interruption.check();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      return statement.executeLargeUpdate(sql);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// Runs a query whose result is small and maps each row.
  public <T> List<T> query(String sql, RowMapper<T> mapper, @Nullable Object... parameters) {
    interruption.check();
    try (PreparedStatement statement = prepare(sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      List<T> result = new ArrayList<>();
      Row row = new Row(rows);
      while (rows.next()) {
        result.add(mapper.map(row));
      }
      return result;
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// Runs a query without parameters, as plain text: for SQL that may hold a question mark as an operator.
  public <T> List<T> queryText(String sql, RowMapper<T> mapper) {
    interruption.check();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet rows = statement.executeQuery(sql)) {
        List<T> result = new ArrayList<>();
        Row row = new Row(rows);
        while (rows.next()) {
          result.add(mapper.map(row));
        }
        return result;
      }
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  private PreparedStatement prepare(String sql, @Nullable Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      Object value = parameters[i];
      switch (value) {
        case Long[] numbers ->
            statement.setArray(i + 1, connection.createArrayOf("bigint", numbers));
        case String[] texts -> statement.setArray(i + 1, connection.createArrayOf("text", texts));
        case null, default -> statement.setObject(i + 1, value);
      }
    }
    return statement;
  }

  public void begin() {
    setAutoCommit(false);
  }

  public void commit() {
    interruption.check();
    try {
      connection.commit();
    } catch (SQLException e) {
      throw failure("COMMIT", e);
    }
    setAutoCommit(true);
  }

  /// Rolls back; where the connection is gone the server has done so itself.
  public void rollback() {
    try {
      connection.rollback();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      // The session is lost, and with it the transaction: there is nothing left to roll back.
      return;
    }
  }

  private void setAutoCommit(boolean autoCommit) {
    try {
      connection.setAutoCommit(autoCommit);
    } catch (SQLException e) {
      throw new SqlFailure("BEGIN", e);
    }
  }

  /// {@return the option with which COPY leaves every byte as it is where the database has no encoding, else nothing}
  public String copyOptions() {
    try {
      String encoding = connection.unwrap(PGConnection.class).getParameterStatus("server_encoding");
      return "SQL_ASCII".equals(encoding) ? " (ENCODING 'SQL_ASCII')" : "";
    } catch (SQLException e) {
      throw new SqlFailure("", e);
    }
  }

  /// Starts a COPY … FROM STDIN.
  public CopySink copyIn(String sql) {
    interruption.check();
    try {
      CopyIn copy = copyManager().copyIn(sql);
      return new CopySink(sql, copy, interruption);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// Runs a COPY … TO STDOUT and hands each message, a row in text format, to the sink; returns the number of rows.
  public long copyOut(String sql, OutputStream sink) {
    interruption.check();
    try {
      CopyOut copy = copyManager().copyOut(sql);
      try {
        byte[] message;
        while ((message = copy.readFromCopy()) != null) {
          sink.write(message, 0, message.length);
        }
        return copy.getHandledRowCount();
      } finally {
        if (copy.isActive()) {
          copy.cancelCopy();
        }
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  private CopyManager copyManager() throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  /// {@return the server process that serves this session}
  public int backendPid() {
    try {
      return connection.unwrap(PGConnection.class).getBackendPID();
    } catch (SQLException e) {
      throw new SqlFailure("", e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // Closing is the last thing done with a session; the server ends it by itself when the socket
      // is gone.
      return;
    }
  }

  /// Maps one row of a result.
  @FunctionalInterface
  public interface RowMapper<T> {
    T map(Row row) throws SQLException;
  }
}
