package dev.pgmend.run;

import dev.pgmend.plan.MendSql;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import java.util.ArrayList;
import java.util.List;

/// Lets the server read the condition that the user has put on rows, without looking at any row.
public final class ConditionCheck {
  private ConditionCheck() {}

  /// {@return why the condition cannot be used, in the server's words}
  public static List<Refusal> of(Session session, Plan plan) {
    List<Refusal> refusals = new ArrayList<>();
    for (MendStep.Mend mend : Mending.steps(plan.cutover())) {
      if (mend.policy().where().isEmpty()) {
        continue;
      }
      session.begin();
      try {
        new OwnRights(session).lend(plan.lent());
        new Statements(session, new ArrayList<>())
            .inTransaction(
                "read the condition",
                () -> session.queryText(new MendSql(mend).condition(), row -> row.number("n")));
      } catch (SqlFailure failure) {
        refusals.add(
            new Refusal(
                "where",
                "--where cannot be asked of the rows of %s: %s"
                    .formatted(mend.table(), failure.serverMessage()),
                "Write one SQL expression on the table's columns, as after WHERE."));
      } finally {
        session.rollback();
      }
    }
    return refusals;
  }
}
