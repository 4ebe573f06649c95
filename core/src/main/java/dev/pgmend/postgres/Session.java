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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/// One connection to a server, which can be made again when it is lost, with the settings under which pg_dump's SQL means what it says. Not thread-safe. Every
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
          // A peer that is gone without a word is found out within two minutes, not two hours.
          "tcp_keepalives_idle = 60",
          "tcp_keepalives_interval = 10",
          "tcp_keepalives_count = 6",
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
          // Compiling a query costs more than it gains in a count or a check over a table, and is
          // paid by each session anew.
          "jit = off",
          "vacuum_cost_delay = 0");

  private static final String WHO =
      """
      SELECT pg_catalog.current_setting('search_path'), pg_catalog.pg_backend_pid(),
        coalesce((SELECT a.backend_start::pg_catalog.text FROM pg_catalog.pg_stat_activity AS a WHERE a.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()), '')
      """;

  /// How long a lost session of ours may take to end by itself before it is ended.
  private static final Duration GRACE = Duration.ofMillis(500);

  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /// Settings that not every server has: transaction_timeout is of 17, and only some systems can tell that a client is gone. With
  /// the latter a server ends the session of a killed pgmend by itself, and lets go of its locks.
  private static final List<String> OPTIONAL =
      List.of("transaction_timeout = 0", "client_connection_check_interval = '5s'");

  /// The driver would log to the console what a [SqlFailure] says, and the address that it was given.
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  static {
    DRIVER.setLevel(Level.OFF);
  }

  private final ConnectionTarget target;
  private final boolean reader;
  private final Interruption interruption;
  private Wire wire;

  /// A connection, and the server process at its other end.
  ///
  /// @param began when the process began to serve us: its number alone may be another's later
  private record Wire(Connection connection, String defaultSearchPath, int pid, String began) {}

  private Session(ConnectionTarget target, boolean reader) {
    this.target = target;
    this.reader = reader;
    this.wire = connect(target, reader);
    this.interruption = new Interruption(wire.connection);
  }

  /// Connects and applies the settings.
  public static Session open(ConnectionTarget target) {
    return new Session(target, false);
  }

  /// Connects to a server that is only to be read: no transaction of this session can write.
  public static Session reader(ConnectionTarget source) {
    return new Session(source, true);
  }

  private static Wire connect(ConnectionTarget target, boolean reader) {
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
      String known = SqlFailure.knownHint(e);
      throw new PgmendException(
          Kind.CONNECTION,
          "cannot connect to %s: %s".formatted(target, firstLine(e)),
          known != null
              ? known + " The target was not touched."
              : target
                  .remark()
                  .map(remark -> "The %s. The target was not touched.".formatted(remark))
                  .orElse("Check the address and the credentials; the target was not touched."),
          e);
    }
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      Wire wire;
      try (ResultSet rows = statement.executeQuery(WHO)) {
        rows.next();
        wire = new Wire(connection, rows.getString(1), rows.getInt(2), rows.getString(3));
      }
      statement.execute("SET " + String.join("; SET ", SETTINGS));
      for (String setting : OPTIONAL) {
        trySetting(statement, setting);
      }
      if (reader) {
        statement.execute("SET default_transaction_read_only = on");
      } else {
        originRole(statement);
      }
      return wire;
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

  /// Connects again after the connection was lost, and makes sure that the server has ended the old session: whatever it was doing
  /// is then either committed or undone. What was set in the old session is not set in the new one.
  ///
  /// @throws PgmendException of kind CONNECTION if that takes too long
  public void reconnect() {
    Wire lost = wire;
    close();
    long start = System.nanoTime();
    wire = patientlyConnect(start);
    interruption.isNowOn(wire.connection);
    while (isThere(lost)) {
      long waited = System.nanoTime() - start;
      if (waited > PATIENCE.toNanos()) {
        throw new PgmendException(
            Kind.CONNECTION,
            "server process %d still serves the connection that was lost".formatted(lost.pid));
      }
      if (waited > GRACE.toNanos()) {
        query(
            "select pg_catalog.pg_terminate_backend(pid) as told from pg_catalog.pg_stat_activity where pid = ? and backend_start = ?::timestamptz",
            row -> row.flag("told"),
            lost.pid,
            lost.began);
      }
      pause();
    }
  }

  /// A server that has crashed needs a moment before it takes connections again.
  private Wire patientlyConnect(long start) {
    while (true) {
      try {
        return connect(target, reader);
      } catch (PgmendException failure) {
        if (failure.kind() != Kind.CONNECTION || System.nanoTime() - start > PATIENCE.toNanos()) {
          throw failure;
        }
      }
      pause();
    }
  }

  private boolean isThere(Wire lost) {
    return !query(
            "select 1 as one from pg_catalog.pg_stat_activity where pid = ? and backend_start = ?::timestamptz",
            _ -> true,
            lost.pid,
            lost.began)
        .isEmpty();
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgmendException(Kind.CONNECTION, "interrupted while connecting again", null, e);
    }
  }

  /// {@return the search_path that this role has in this database when nobody sets another}
  public String defaultSearchPath() {
    return wire.defaultSearchPath;
  }

  /// {@return who is connected to what, for messages}
  public String description() {
    return target.toString();
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
    try (Statement statement = wire.connection.createStatement()) {
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
    try (Statement statement = wire.connection.createStatement()) {
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
    try (Statement statement = wire.connection.createStatement()) {
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
    PreparedStatement statement = wire.connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      Object value = parameters[i];
      switch (value) {
        case Long[] numbers ->
            statement.setArray(i + 1, wire.connection.createArrayOf("bigint", numbers));
        case String[] texts ->
            statement.setArray(i + 1, wire.connection.createArrayOf("text", texts));
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
      wire.connection.commit();
    } catch (SQLException e) {
      throw failure("COMMIT", e);
    }
    setAutoCommit(true);
  }

  /// Rolls back; where the connection is gone the server has done so itself.
  public void rollback() {
    // A cancellation that comes late hits the ROLLBACK, once.
    if (!rolledBack() && !isClosed()) {
      rolledBack();
    }
  }

  private boolean rolledBack() {
    try {
      wire.connection.rollback();
      wire.connection.setAutoCommit(true);
      return true;
    } catch (SQLException e) {
      // If the session is lost, the transaction is, too: there is nothing left to roll back.
      return false;
    }
  }

  private boolean isClosed() {
    try {
      return wire.connection.isClosed();
    } catch (SQLException e) {
      return true;
    }
  }

  private void setAutoCommit(boolean autoCommit) {
    try {
      wire.connection.setAutoCommit(autoCommit);
    } catch (SQLException e) {
      throw new SqlFailure("BEGIN", e);
    }
  }

  /// {@return the option with which COPY leaves every byte as it is where the database has no encoding, else nothing}
  public String copyOptions() {
    return serverEncoding().equals("SQL_ASCII") ? " (ENCODING 'SQL_ASCII')" : "";
  }

  /// {@return the same with a further option}
  public String copyOptions(String further) {
    String encoding = copyOptions();
    return encoding.isEmpty()
        ? " (%s)".formatted(further)
        : encoding.replaceFirst("\\(", "($further, ".replace("$further", further));
  }

  /// {@return the current transaction's ID, as the rows have it that it writes} It has one from now on.
  public long transaction() {
    return queryText("SELECT pg_catalog.txid_current() & 4294967295 AS id", row -> row.number("id"))
        .getFirst();
  }

  /// {@return whether the server seems to run on this machine, and so shares its processors}
  public boolean isHere() {
    return queryText(
            "select coalesce(pg_catalog.inet_client_addr() = pg_catalog.inet_server_addr(), true) as here",
            row -> row.flag("here"))
        .getFirst();
  }

  /// {@return PostgreSQL's name of the encoding of the database}
  public String serverEncoding() {
    try {
      return String.valueOf(
          wire.connection.unwrap(PGConnection.class).getParameterStatus("server_encoding"));
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
    try (CopySource copy = copyOut(sql)) {
      byte[] message;
      while ((message = copy.next()) != null) {
        sink.write(message, 0, message.length);
      }
      return copy.rows();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Starts a COPY … TO STDOUT.
  public CopySource copyOut(String sql) {
    interruption.check();
    try {
      return new CopySource(sql, copyManager().copyOut(sql), interruption);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /// Opens a further session like this one, which an [#interrupt()] of this one does not stop.
  public Session another() {
    return new Session(target, reader);
  }

  /// Asks the server, once, to cancel what this session does at the moment. May be called by any thread; a request that comes between
  /// two statements is lost.
  public void cancel() {
    interruption.cancelOnce();
  }

  /// Stops what this session does, as [#interrupt()] does, but does not wait until it has taken notice. May be called again and again.
  public void stop() {
    interruption.request();
  }

  /// Stops here if someone has asked this session to.
  public void checkInterrupt() {
    interruption.check();
  }

  /// From here on the session only cleans up: an [#interrupt()] that no statement has noticed yet, or that comes later, does not stop it.
  public void heedInterrupt() {
    interruption.heed();
  }

  private CopyManager copyManager() throws SQLException {
    return wire.connection.unwrap(PGConnection.class).getCopyAPI();
  }

  /// {@return the server process that serves this session}
  public int backendPid() {
    return wire.pid;
  }

  @Override
  public void close() {
    try {
      wire.connection.close();
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
