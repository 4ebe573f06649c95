package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.FillStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.Sql;

/// Fills materialized views. A query that fails, as it may have done for a long time, is no reason to be without the table: the view may
/// be left without rows, but only if the user has said so, and never in silence.
final class Refreshing {
  private final Session session;
  private final Statements statements;
  private final Work work;

  Refreshing(Work work) {
    this.session = work.session;
    this.statements = work.statements;
    this.work = work;
  }

  /// Fills one in a transaction of its own.
  void alone(FillStep.Refresh step) {
    session.begin();
    try {
      inTransaction(step);
      session.commit();
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }

  /// Fills one in the current transaction.
  ///
  /// @throws PgmendException of kind REFUSED if its query fails and it may not be left without rows
  void inTransaction(FillStep.Refresh step) {
    session.execute("SAVEPOINT refresh");
    try {
      statements.inTransaction(step.title(), step.sql());
    } catch (SqlFailure failure) {
      if (!isOfTheQuery(failure)) {
        throw failure;
      }
      if (!step.tolerant()) {
        throw refusal(step, failure);
      }
      session.execute("ROLLBACK TO SAVEPOINT refresh");
      work.notes.add(
          "NOT FILLED: materialized view %s has no rows (--skip-missing), for %s; when that is put right: REFRESH MATERIALIZED VIEW %s;"
              .formatted(step.name(), reason(step, failure), step.name().sql()));
    }
    session.execute("RELEASE SAVEPOINT refresh");
  }

  private static PgmendException refusal(FillStep.Refresh step, SqlFailure failure) {
    return new PgmendException(
        Kind.REFUSED,
        "materialized view %s cannot be filled: %s; the target is unchanged"
            .formatted(step.name(), reason(step, failure)),
        "--skip-missing restores it without rows, as pg_restore does, and REFRESH MATERIALIZED VIEW %s; fills it when the cause is gone.%s"
            .formatted(step.name().sql(), step.instead().isEmpty() ? "" : " Or: " + step.instead()),
        failure);
  }

  private static String reason(FillStep.Refresh step, SqlFailure failure) {
    return "its query, run with the rights of role %s, fails: %s (SQLSTATE %s)"
        .formatted(Sql.quote(step.role()), failure.serverMessage(), failure.sqlState());
  }

  /// A server that has no room or is stopped says nothing about the query.
  private static boolean isOfTheQuery(SqlFailure failure) {
    String state = failure.sqlState();
    return failure.kind() == Kind.TARGET
        && !state.startsWith("53")
        && !state.startsWith("57")
        && !state.startsWith("58")
        && !state.startsWith("XX");
  }
}
