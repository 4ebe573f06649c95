package dev.pgmend.run;

import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.Sql;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs statements, giving those a second chance that fail only because a user's function relies on a search_path. pg_dump sets
/// an empty one, under which such functions do not find what they use; the role's own search_path is what the application's
/// sessions have. The definitions themselves are qualified, so they mean the same under both.
final class Statements {
  private final Session session;
  private final List<String> notes;

  Statements(Session session, List<String> notes) {
    this.session = session;
    this.notes = notes;
  }

  /// Runs a statement in the current transaction.
  void inTransaction(String title, String sql) {
    inTransaction(
        title,
        () -> {
          session.execute(sql);
          return true;
        });
  }

  /// Does something in the current transaction; it may be done twice, the first time being rolled back.
  <T> T inTransaction(String title, Supplier<T> action) {
    session.execute("SAVEPOINT pgmend");
    try {
      T result = action.get();
      session.execute("RELEASE SAVEPOINT pgmend");
      return result;
    } catch (SqlFailure failure) {
      if (!SqlState.isUndefinedName(failure.sqlState())) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT pgmend");
      session.execute("SET LOCAL search_path = " + session.defaultSearchPath());
      try {
        T result = action.get();
        session.execute("SET LOCAL search_path = ''");
        session.execute("RELEASE SAVEPOINT pgmend");
        notes.add(
            "%s: a function in it works only with search_path = %s, which was set for it"
                .formatted(title, session.defaultSearchPath()));
        return result;
      } catch (SqlFailure second) {
        failure.addSuppressed(second);
        throw failure;
      }
    }
  }

  /// Does something in a transaction of its own.
  <T> T alone(String title, Supplier<T> action) {
    session.begin();
    try {
      T result = inTransaction(title, action);
      session.commit();
      return result;
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }

  /// Runs a statement in a transaction of its own.
  void alone(String title, String sql) {
    alone(
        title,
        () -> {
          session.execute(sql);
          return true;
        });
  }

  /// {@return what the action reads, or null where the server does not let it: other columns, or row security}
  <T> @Nullable T readable(Supplier<T> action) {
    try {
      return action.get();
    } catch (SqlFailure failure) {
      if (failure.kind() == dev.pgmend.PgmendException.Kind.CONNECTION) {
        throw failure;
      }
      return null;
    }
  }

  /// {@return the single number that a query returns}
  long number(String sql) {
    return session.queryText("SELECT (" + sql + ") AS n", row -> row.number("n")).getFirst();
  }

  boolean flag(String sql) {
    return session.queryText("SELECT (" + sql + ") AS f", row -> row.flag("f")).getFirst();
  }

  /// Sets how long the next statements of the transaction wait for locks.
  void lockTimeout(long milliseconds) {
    session.execute("SET LOCAL lock_timeout = " + Sql.literal(milliseconds + "ms"));
  }
}
