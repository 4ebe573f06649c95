package dev.pgmend.run;

import dev.pgmend.plan.BuildStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Finds out what an older server does not understand of a newer pg_dump's archive before anything is begun: what is built in staging
/// is built, empty, in a transaction that is rolled back; what runs in the cutover is only parsed.
public final class Rehearsal {
  private static final String REMEDY =
      "Restore into a server of the backup's version, or take a backup of it with this server's pg_dump.";

  private final Session session;
  private final Plan plan;
  private final List<Refusal> refusals = new ArrayList<>();

  private Rehearsal(Session session, Plan plan) {
    this.session = session;
    this.plan = plan;
  }

  /// {@return why the plan could not be run on this server}
  public static List<Refusal> of(Session session, Plan plan) {
    Rehearsal rehearsal = new Rehearsal(session, plan);
    rehearsal.build();
    rehearsal.parse();
    return rehearsal.refusals;
  }

  private void build() {
    Statements statements = new Statements(session, new ArrayList<>());
    session.begin();
    try {
      session.execute("SET LOCAL lock_timeout = '10s'");
      for (String schema : plan.schemas()) {
        session.execute("CREATE SCHEMA " + Sql.quote(schema));
      }
      new OwnRights(session).lend(plan.lent());
      for (Step step : Stream.concat(plan.stage().stream(), plan.build().stream()).toList()) {
        boolean stands = plan.stage().contains(step);
        if (statement(step) instanceof Step.Statement statement
            && (stands || statement.entry() > 0)) {
          try {
            statements.inTransaction(statement.title(), statement.sql());
          } catch (SqlFailure failure) {
            refuse(statement, failure);
            return;
          }
          session.execute(
              "SET LOCAL default_tablespace = ''; SET LOCAL default_table_access_method = heap");
        }
      }
    } finally {
      session.rollback();
    }
  }

  private static Step statement(Step step) {
    return step instanceof BuildStep.Index index
        ? new Step.Statement(index.title(), index.sql(), "", index.entry())
        : step;
  }

  /// PL/pgSQL parses the statements of a block that is never entered, as the server would.
  private void parse() {
    session.begin();
    try {
      session.execute("SET LOCAL check_function_bodies = on");
      for (Step step : plan.cutover()) {
        if (step instanceof Step.Statement statement && statement.entry() > 0) {
          session.execute("SAVEPOINT statement");
          try {
            session.execute(block(statement.sql()));
          } catch (SqlFailure failure) {
            if (failure.sqlState().equals(SqlState.SYNTAX_ERROR)) {
              refuse(statement, failure);
            }
            session.execute("ROLLBACK TO SAVEPOINT statement");
          }
        }
      }
    } finally {
      session.rollback();
    }
  }

  private static String block(String statements) {
    String quote = "$pgmend$";
    while (statements.contains(quote)) {
      quote = quote.replace("$pgmend", "$pgmend_");
    }
    return "DO %sBEGIN RETURN;\n%s;\nEND%s".formatted(quote, statements, quote);
  }

  private void refuse(Step.Statement statement, SqlFailure failure) {
    refusals.add(
        new Refusal(
            "version",
            "%s: this older server does not understand it: %s"
                .formatted(statement.title(), failure.serverMessage()),
            REMEDY));
  }
}
