package dev.pgmend.run;

import dev.pgmend.plan.CheckStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.Sql;
import java.util.List;
import java.util.Map;

/// Counts the rows that come and find another row in their place, before anything changes.
final class ClashCount {
  private final Session session;
  private final Statements statements;
  private final List<String> notes;

  ClashCount(Session session, Statements statements, List<String> notes) {
    this.session = session;
    this.statements = statements;
    this.notes = notes;
  }

  /// Adds to `clashes` what forbids the restore, with what can be done about it.
  void count(CheckStep.CountClashes step, Map<String, String> clashes) {
    try {
      long rows = statements.inTransaction(step.title(), () -> statements.number(step.sql()));
      if (rows > 0) {
        List<String> keys = session.queryText(step.sample(), row -> row.text("k"));
        clashes.put(
            "%s of %s cannot come back, for other rows have their values in %s, for example %s"
                .formatted(
                    rows == 1 ? "1 row" : rows + " rows",
                    step.table(),
                    Sql.quote(step.index()),
                    String.join(", ", keys)),
            step.remedy());
      }
    } catch (SqlFailure failure) {
      // Row security, or an expression that only the table itself has.
      if (!failure.sqlState().startsWith("42")) {
        throw failure;
      }
      notes.add(
          "whether rows of %s find their values in %s taken cannot be counted beforehand: the index itself decides"
              .formatted(step.table(), Sql.quote(step.index())));
    }
  }
}
