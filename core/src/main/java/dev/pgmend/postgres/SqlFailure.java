package dev.pgmend.postgres;

import dev.pgmend.PgmendException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// A statement that the server refused, or a connection that broke under it.
public final class SqlFailure extends PgmendException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 300;

  private final String sqlState;
  private final String statement;

  SqlFailure(String sql, SQLException cause) {
    super(kind(state(cause)), message(sql, cause), hint(cause), cause);
    this.sqlState = state(cause);
    this.statement = sql;
  }

  /// {@return the five characters of the SQLSTATE, or "" where the driver gave none}
  public String sqlState() {
    return sqlState;
  }

  /// {@return the statement that failed, "" if it was none}
  public String statement() {
    return statement;
  }

  /// {@return the server's own words, without the statement}
  public String serverMessage() {
    ServerErrorMessage server =
        getCause() instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    return String.valueOf(server == null ? getMessage() : server.getMessage());
  }

  /// {@return the constraint that was violated, "" where the server named none}
  public String constraint() {
    ServerErrorMessage server =
        getCause() instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    String name = server == null ? null : server.getConstraint();
    return name == null ? "" : name;
  }

  /// {@return what the server adds to its message, in one line; "" for nothing}
  public String detail() {
    ServerErrorMessage server =
        getCause() instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    String detail = server == null ? null : server.getDetail();
    return detail == null ? "" : String.join("; ", detail.lines().toList());
  }

  /// {@return the functions and statements in which it happened, in the server's words; "" where it was in none}
  public String context() {
    ServerErrorMessage server =
        getCause() instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    String where = server == null ? null : server.getWhere();
    return where == null ? "" : where;
  }

  private static String state(SQLException cause) {
    return cause.getSQLState() == null ? "" : cause.getSQLState();
  }

  private static Kind kind(String state) {
    if (state.equals(SqlState.LOCK_NOT_AVAILABLE) || state.equals(SqlState.DEADLOCK_DETECTED)) {
      return Kind.LOCKED;
    }
    return SqlState.isConnectionFailure(state) ? Kind.CONNECTION : Kind.TARGET;
  }

  private static String message(String sql, SQLException cause) {
    ServerErrorMessage server =
        cause instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    StringBuilder text = new StringBuilder();
    if (server == null) {
      text.append(cause.getMessage());
    } else {
      text.append(server.getMessage()).append(" (SQLSTATE ").append(state(cause)).append(')');
      append(text, "; detail: ", server.getDetail());
      append(text, "; where: ", server.getWhere());
    }
    if (!sql.isEmpty()) {
      String oneLine = sql.strip().replaceAll("\\s+", " ");
      text.append("; statement: ")
          .append(oneLine.length() <= SHOWN ? oneLine : oneLine.substring(0, SHOWN) + " …");
    }
    return text.toString();
  }

  private static void append(StringBuilder text, String label, @Nullable String value) {
    if (value != null) {
      text.append(label).append(value.length() <= SHOWN ? value : value.substring(0, SHOWN) + " …");
    }
  }

  /// {@return the columns or expressions by which rows are not unique, for they kept a unique index from being built; "" if the server does
  /// not name them, empty if it failed for anything else}
  public Optional<String> duplicates() {
    return sqlState.equals(SqlState.UNIQUE_VIOLATION) && ServerHints.isUniqueIndex(serverMessage())
        ? Optional.of(ServerHints.duplicateColumns(detail()))
        : Optional.empty();
  }

  /// {@return what to do next, in pgmend's own words where it knows better than the server}
  private static @Nullable String hint(SQLException cause) {
    String own = knownHint(cause);
    return own == null ? serverHint(cause) : own;
  }

  static @Nullable String knownHint(SQLException cause) {
    ServerErrorMessage server =
        cause instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    return server == null
        ? null
        : ServerHints.of(
            state(cause),
            Objects.requireNonNullElse(server.getMessage(), ""),
            Objects.requireNonNullElse(server.getDetail(), ""),
            Objects.requireNonNullElse(server.getWhere(), ""));
  }

  private static @Nullable String serverHint(SQLException cause) {
    ServerErrorMessage server =
        cause instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    String hint = server == null ? null : server.getHint();
    // pgmend never says CASCADE, not even in the server's words: that is how tables are lost.
    return hint == null || hint.contains("CASCADE") ? null : hint;
  }
}
