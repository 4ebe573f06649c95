package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.MendSql;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import java.util.ArrayList;
import java.util.List;

/// Changes the rows of one table that differ from the staged ones, inside the cutover's transaction.
final class Mender {
  private final Session session;
  private final Statements statements;
  private final Step.Mend step;
  private final MendSql sql;

  Mender(Session session, Statements statements, Step.Mend step) {
    this.session = session;
    this.statements = statements;
    this.step = step;
    this.sql = new MendSql(step);
  }

  /// {@return whether the live rows are the staged ones already; changes nothing}
  boolean nothingToDo() {
    session.begin();
    try {
      // FORCE ROW LEVEL SECURITY would turn the reading into an error for the owner himself.
      for (String quiet : step.quiet()) {
        if (quiet.contains("ROW LEVEL SECURITY")) {
          session.execute(quiet);
        }
      }
      return statements.flag(sql.same());
    } finally {
      session.rollback();
    }
  }

  /// Applies the difference and checks that nothing is left of it. Takes the locks that the plan names.
  ///
  /// @throws PgmendException if a row was changed by someone meanwhile, or deleting would reach into other tables
  Outcome.Change apply() {
    session.execute(sql.lock());
    step.quiet().forEach(session::execute);
    session.execute(sql.collectGone());
    session.execute(sql.collectCame());
    long deletes = statements.number(sql.countUnpaired(step.gone(), step.came()));
    long updates = statements.number(sql.countPaired(step.gone(), step.came()));
    long inserts = statements.number(sql.countUnpaired(step.came(), step.gone()));
    if (deletes > 0) {
      for (String query : step.cascades()) {
        long reached = statements.number(query);
        if (reached > 0) {
          throw new PgmendException(
              Kind.REFUSED,
              "%d rows of %s are newer than the backup and would be deleted; a foreign key would carry that on to %d rows of another table; the target is unchanged"
                  .formatted(deletes, step.table(), reached),
              "Restore the other table in the same command, or use --mode beside and merge by hand.");
        }
      }
    }
    expect(sql.delete(step.gone(), step.came()), deletes, "delete");
    if (!step.key().isEmpty()) {
      expect(sql.update(step.gone(), step.came()), updates, "change");
    }
    expect(sql.insert(step.gone(), step.came()), inserts, "restore");
    step.loud().forEach(session::execute);
    return new Outcome.Change(step.table().toString(), deletes, updates, inserts);
  }

  /// Checks, before the commit, that the live rows are the staged ones.
  void verify() {
    if (!statements.flag(sql.same())) {
      throw new PgmendException(
          Kind.MISMATCH,
          "after the change the rows of %s still differ from the backup's (a trigger or rule that cannot be suppressed?); the target is unchanged"
              .formatted(step.table()));
    }
  }

  private void expect(String statement, long rows, String verb) {
    if (rows == 0) {
      return;
    }
    long touched = session.update(statement.replace("?", "??"));
    if (touched != rows) {
      throw new PgmendException(
          Kind.MISMATCH,
          "%d rows of %s were to be found to %s, and %d were; the target is unchanged"
              .formatted(rows, step.table(), verb, touched),
          "Someone may be changing the table; try again.");
    }
  }

  /// {@return the steps that take it back, for the journal}
  List<UndoStep> undo() {
    List<UndoStep> steps = new ArrayList<>();
    String title = "take back the change of " + step.table();
    steps.add(UndoStep.sql(title, sql.lock()));
    step.quiet().forEach(quiet -> steps.add(UndoStep.sql(title, quiet)));
    steps.add(
        new UndoStep(
            UndoStep.Kind.EXPECT,
            title,
            sql.delete(step.came(), step.gone()),
            sql.countUnpaired(step.came(), step.gone())));
    if (!step.key().isEmpty()) {
      steps.add(
          new UndoStep(
              UndoStep.Kind.EXPECT,
              title,
              sql.update(step.came(), step.gone()),
              sql.countPaired(step.came(), step.gone())));
    }
    steps.add(
        new UndoStep(
            UndoStep.Kind.EXPECT,
            title,
            sql.insert(step.came(), step.gone()),
            sql.countUnpaired(step.gone(), step.came())));
    step.loud().forEach(loud -> steps.add(UndoStep.sql(title, loud)));
    return steps;
  }
}
