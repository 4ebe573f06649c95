package dev.pgmend.postgres;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What to do about those failures of a server that users meet, by SQLSTATE. The server says what happened, and seldom what to do
/// next. Source: PostgreSQL documentation, appendix A; the messages are those of aclchk.c, lock.c and tuplesort.c.
final class ServerHints {
  private static final Pattern DENIED =
      Pattern.compile(
          "^permission denied for (foreign table|materialized view|[a-z]+) (\\S.*)$",
          Pattern.DOTALL);

  private static final Pattern OWNER = Pattern.compile("^must be owner of ");

  /// The columns or expressions, as the server quotes them: they can stand in a query.
  private static final Pattern DUPLICATE = Pattern.compile("^Key \\((.+?)\\)=\\(", Pattern.DOTALL);

  private static final Pattern ROUTINE =
      Pattern.compile("(?:PL/\\w+|SQL) function (\"[^\"]+\"|[^\\s(]+(?:\\([^)]*\\))?)");

  private ServerHints() {}

  /// {@return a full sentence, null where there is nothing better to say than the server did}
  ///
  /// @param detail the server's, "" for none
  /// @param context the functions and statements in which it happened, "" for none
  static @Nullable String of(String state, String message, String detail, String context) {
    return switch (state) {
      case SqlState.DISK_FULL ->
          "The server's disk is full: until its cutover a restore needs room for its rows, their indexes and their WAL beside what is there. Make room (pgmend status names earlier runs, pgmend clean RUN removes what one keeps) and run it again.";
      case SqlState.OUT_OF_MEMORY ->
          message.contains("shared memory")
              ? "The server has room for no more locks: name fewer tables or partitions in one command; or ALTER SYSTEM SET max_locks_per_transaction = …; to more than SHOW max_locks_per_transaction; says, and start the server anew."
              : "The server is out of memory, not pgmend: run it again when it has less to do; restore --jobs 1 needs least.";
      case SqlState.TOO_MANY_CONNECTIONS ->
          "The server gives no more connections: wait until somebody's end (SELECT usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2; shows whose they are), or raise max_connections, or the CONNECTION LIMIT of the role or the database.";
      case SqlState.INSUFFICIENT_PRIVILEGE -> denied(message);
      case SqlState.UNIQUE_VIOLATION -> duplicates(message, detail);
      case "42P01", "42883", "42704", "3F000" -> undefined(context);
      default -> null;
    };
  }

  private static @Nullable String denied(String message) {
    if (OWNER.matcher(message).find()) {
      return "Run it as the owner, or as a member of that role: GRANT OWNER TO ROLE; with the two names.";
    }
    Matcher denied = DENIED.matcher(message);
    if (!denied.find()) {
      return null;
    }
    String kind = denied.group(1);
    String name = denied.group(2);
    String grant =
        switch (kind) {
          case "schema" -> "USAGE, CREATE ON SCHEMA " + quote(name);
          case "tablespace" -> "CREATE ON TABLESPACE " + quote(name);
          case "database" -> "CREATE, TEMPORARY ON DATABASE " + quote(name);
          case "language" -> "USAGE ON LANGUAGE " + quote(name);
          case "function", "procedure", "aggregate", "routine" -> "EXECUTE ON ROUTINE " + name;
          case "type", "domain" -> "USAGE ON TYPE " + name;
          case "sequence" -> "SELECT, USAGE ON SEQUENCE " + name;
          case "table", "view", "materialized view", "foreign table", "relation" ->
              "SELECT ON TABLE " + name;
          default -> "";
        };
    return grant.isEmpty()
        ? null
        : "Its owner, or a superuser, can run: GRANT %s TO ROLE; where ROLE is yours or, if a function or view is at work, the owner of that."
            .formatted(grant);
  }

  /// {@return whether a unique index could not be built}
  static boolean isUniqueIndex(String message) {
    return message.startsWith("could not create unique index");
  }

  /// {@return the columns of which rows have the same values, "" if the server does not say}
  static String duplicateColumns(String detail) {
    Matcher key = DUPLICATE.matcher(detail);
    return key.find() ? key.group(1) : "";
  }

  private static @Nullable String duplicates(String message, String detail) {
    String columns = duplicateColumns(detail);
    return isUniqueIndex(message) && !columns.isEmpty()
        ? "Rows hold duplicates of what is to be unique: SELECT %1$s, count(*) FROM … GROUP BY %1$s HAVING count(*) > 1; shows them."
            .formatted(columns)
        : null;
  }

  private static @Nullable String undefined(String context) {
    Matcher routine = ROUTINE.matcher(context);
    if (routine.find()) {
      String name = routine.group(1);
      return "Function %s, which runs for the rows, uses what is not there: restore a table that it reads in the same command, or create what it uses first. If that is there, the function does not see it: ALTER FUNCTION %s SET search_path = …;"
          .formatted(name, name);
    }
    return context.contains("COPY ")
        ? "What runs for the rows (a CHECK, a default, a generated column) uses what is not there: restore that in the same command, or create it first."
        : null;
  }

  private static String quote(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
