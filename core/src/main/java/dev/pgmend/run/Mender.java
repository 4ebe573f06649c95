package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.MendSql;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Changes the rows of one table that differ from the staged ones, inside the cutover's transaction.
final class Mender {
  private final Session session;
  private final Statements statements;
  private final Step.Mend step;
  private final MendSql sql;
  private long deletes;
  private long updates;
  private long inserts;
  private boolean replaced;
  private boolean rewrittenKeys;

  Mender(Session session, Statements statements, Step.Mend step) {
    this.session = session;
    this.statements = statements;
    this.step = step;
    this.sql = new MendSql(step);
  }

  /// {@return whether the live rows are the staged ones already}
  /// To be called in a transaction that is rolled back.
  boolean nothingToDo() {
    // FORCE ROW LEVEL SECURITY would turn the reading into an error for the owner himself.
    for (String quiet : step.quiet()) {
      if (quiet.contains("ROW LEVEL SECURITY")) {
        session.execute(quiet);
      }
    }
    return statements.flag(sql.same());
  }

  /// Locks the table, silences what would run or hide rows, and finds the rows that differ.
  void collect() {
    session.execute(sql.lock());
    step.quiet().forEach(session::execute);
    session.execute(sql.collectGone());
    session.execute(sql.collectCame());
    sql.analyze().forEach(session::execute);
    deletes = statements.number(sql.countUnpaired(step.gone(), step.came()));
    updates = statements.number(sql.countPaired(step.gone(), step.came()));
    rewrittenKeys =
        !step.key().isEmpty()
            && statements.number(sql.countRewrittenKeys(step.gone(), step.came())) > 0;
    inserts = statements.number(sql.countUnpaired(step.came(), step.gone()));
  }

  Step.Mend step() {
    return step;
  }

  /// {@return how many rows the backup does not have}
  long deletes() {
    return deletes;
  }

  /// {@return how many rows the backup has otherwise}
  long updates() {
    return updates;
  }

  /// {@return how many rows are lost}
  long inserts() {
    return inserts;
  }

  /// {@return whether changed rows were taken out and put in again}
  boolean replaced() {
    return replaced;
  }

  private static String count(long rows, String what) {
    return rows == 0 ? "" : rows + (rows == 1 ? " row" : " rows") + what;
  }

  private static String both(String one, String other) {
    return one + (one.isEmpty() || other.isEmpty() ? "" : " and ") + other;
  }

  /// Refuses to touch anything but lost rows unless the user has said so: the others may be today's business.
  void ask(boolean exact) {
    if (!exact && deletes + updates > 0) {
      throw new PgmendException(
          Kind.REFUSED,
          "%s has %s, which may be the accident or today's business; %s lost; the target is unchanged"
              .formatted(
                  step.table(),
                  both(
                      count(deletes, " that the backup does not have"),
                      count(updates, " that the backup has otherwise")),
                  inserts == 0 ? "none is" : inserts == 1 ? "1 row is" : inserts + " rows are"),
          "--rows exact makes the table what the backup says: %s."
              .formatted(
                  both(count(deletes, " would go"), count(updates, " would be changed back"))));
    }
  }

  /// Deletes the rows that the backup does not have.
  void delete() {
    expect(sql.delete(step.gone(), step.came()), deletes, "delete");
  }

  /// Changes the rows that differ and brings back those that are lost.
  ///
  /// @param loose the foreign keys that are let go of
  /// @throws PgmendException if a row was changed by someone meanwhile
  void restore(Collection<Step.Mend.ForeignKey> loose) {
    replaced = false;
    session.execute("SAVEPOINT rows");
    try {
      if (!step.key().isEmpty()) {
        expect(sql.update(step.gone(), step.came(), rewrittenKeys), updates, "change");
      }
      expect(sql.insert(step.gone(), step.came()), inserts, "restore");
    } catch (SqlFailure failure) {
      // Unique values that rows have exchanged cannot be changed row by row. Where nothing refers
      // to
      // the rows, they can make room for each other.
      boolean held = step.incoming().stream().anyMatch(key -> !loose.contains(key.key()));
      if (!unique(failure.sqlState()) || held || step.key().isEmpty()) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT rows");
      expect(sql.deletePaired(step.gone(), step.came()), updates, "take out");
      expect(sql.insertAll(step.came()), updates + inserts, "put in");
      replaced = true;
    }
  }

  static boolean unique(String sqlState) {
    return sqlState.equals(SqlState.UNIQUE_VIOLATION)
        || sqlState.equals(SqlState.EXCLUSION_VIOLATION);
  }

  /// Puts back what was silenced.
  Outcome.Change finish() {
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
    long touched = session.updateText(statement);
    if (touched != rows) {
      throw new PgmendException(
          Kind.MISMATCH,
          "%d rows of %s were to be found to %s, and %d were; the target is unchanged"
              .formatted(rows, step.table(), verb, touched),
          "Someone may be changing the table; try again.");
    }
  }

  private String title() {
    return "take back the change of " + step.table();
  }

  /// {@return undo: lock and silence}
  List<UndoStep> silence() {
    List<UndoStep> steps = new ArrayList<>(List.of(UndoStep.sql(title(), sql.lock())));
    step.quiet().forEach(quiet -> steps.add(UndoStep.sql(title(), quiet)));
    return steps;
  }

  /// {@return undo: put back what was silenced}
  List<UndoStep> unsilence() {
    return step.loud().stream().map(loud -> UndoStep.sql(title(), loud)).toList();
  }

  /// {@return undo: delete what was brought back}
  List<UndoStep> takeAway() {
    QualifiedName before = step.gone();
    QualifiedName since = step.came();
    List<UndoStep> steps = new ArrayList<>();
    steps.add(expected(sql.delete(since, before), sql.countUnpaired(since, before)));
    if (!step.key().isEmpty()) {
      steps.add(discarding(sql.deleteByKey(since, before)));
    }
    return steps;
  }

  /// {@return undo: bring back what was changed or deleted}
  List<UndoStep> putBack() {
    QualifiedName before = step.gone();
    QualifiedName since = step.came();
    List<UndoStep> steps = new ArrayList<>();
    if (replaced) {
      steps.add(expected(sql.deletePaired(since, before), sql.countPaired(since, before)));
      steps.add(expected(sql.insertAll(before), "SELECT count(*) FROM " + before.sql()));
      steps.add(discarding(sql.deleteByKey(before)));
      steps.add(discarding(sql.insertAll(before)));
      return steps;
    }
    if (!step.key().isEmpty()) {
      steps.add(expected(sql.update(since, before, rewrittenKeys), sql.countPaired(since, before)));
    }
    steps.add(expected(sql.insert(since, before), sql.countUnpaired(before, since)));
    if (!step.key().isEmpty()) {
      steps.add(discarding(sql.updateByKey(before)));
      steps.add(discarding(sql.insertAbsent(before)));
    }
    return steps;
  }

  /// Without a key it cannot be said what a row has become: an undo then takes back what it finds.
  private UndoStep expected(String statement, String rows) {
    return new UndoStep(
        step.key().isEmpty() ? UndoStep.Kind.EXPECT : UndoStep.Kind.UNCHANGED,
        title(),
        statement,
        rows);
  }

  private UndoStep discarding(String statement) {
    return new UndoStep(UndoStep.Kind.DISCARD, title(), statement, "");
  }
}
