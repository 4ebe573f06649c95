package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.MendSql;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import java.util.ArrayList;
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

  /// Locks the table, silences what would run or hide rows, and finds the rows that differ.
  void collect() {
    session.execute(sql.lock());
    step.quiet().forEach(session::execute);
    session.execute(sql.collectGone());
    session.execute(sql.collectCame());
    sql.analyze().forEach(session::execute);
    deletes = statements.number(sql.countUnpaired(step.gone(), step.came()));
    updates = statements.number(sql.countPaired(step.gone(), step.came()));
    inserts = statements.number(sql.countUnpaired(step.came(), step.gone()));
  }

  /// Refuses to touch anything but lost rows unless the user has said so: the others may be today's business.
  void ask(boolean exact) {
    if (!exact && deletes + updates > 0) {
      throw new PgmendException(
          Kind.REFUSED,
          "%d rows of %s are lost; but %d are not in the backup and %d are otherwise there, and may be the accident or today's business; the target is unchanged"
              .formatted(inserts, step.table(), deletes, updates),
          "--rows exact makes the table what the backup says: %d rows would go and %d would be changed back."
              .formatted(deletes, updates));
    }
  }

  /// Deletes the rows that the backup does not have.
  ///
  /// @throws PgmendException if that would reach into other tables
  void delete() {
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
  }

  /// Changes the rows that differ and brings back those that are lost.
  ///
  /// @throws PgmendException if a row was changed by someone meanwhile
  void restore() {
    if (updates > 0) {
      for (String query : step.updateCascades()) {
        long reached = statements.number(query);
        if (reached > 0) {
          throw new PgmendException(
              Kind.REFUSED,
              "changing rows of %s back would, through a foreign key's ON UPDATE action, change %d rows of another table; the target is unchanged"
                  .formatted(step.table(), reached),
              "Restore the other table in the same command, or use --mode beside and merge by hand.");
        }
      }
    }
    session.execute("SAVEPOINT rows");
    try {
      if (!step.key().isEmpty()) {
        expect(sql.update(step.gone(), step.came()), updates, "change");
      }
      expect(sql.insert(step.gone(), step.came()), inserts, "restore");
    } catch (SqlFailure failure) {
      // Unique values that rows have exchanged cannot be changed row by row. Where nothing refers
      // to the rows, they can make room
      // for each other.
      boolean unique =
          failure.sqlState().equals(SqlState.UNIQUE_VIOLATION)
              || failure.sqlState().equals(SqlState.EXCLUSION_VIOLATION);
      if (!unique || !step.incoming().isEmpty()) {
        throw failure;
      }
      session.execute("ROLLBACK TO SAVEPOINT rows");
      expect(sql.deletePaired(step.gone(), step.came()), updates, "take out");
      expect(sql.insertAll(step.came()), updates + inserts, "put in");
      replaced = true;
    }
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

  /// The steps that take several changes back, for the journal: everything silenced, children deleted before parents, parents
  /// restored before children.
  static List<UndoStep> undo(List<Mender> menders) {
    List<UndoStep> steps = new ArrayList<>();
    if (menders.isEmpty()) {
      return steps;
    }
    steps.add(UndoStep.sql("defer what can be deferred", DEFER));
    for (Mender mender : menders) {
      steps.add(UndoStep.sql(mender.title(), mender.sql.lock()));
      mender.step.quiet().forEach(quiet -> steps.add(UndoStep.sql(mender.title(), quiet)));
    }
    // What the restore had brought back may be referred to, as it was before; no foreign key is to
    // act on its going.
    java.util.SequencedSet<Step.Mend.Incoming> keys = new java.util.LinkedHashSet<>();
    menders.stream()
        .filter(mender -> mender.inserts > 0)
        .forEach(mender -> keys.addAll(mender.step.incoming()));
    keys.stream()
        .filter(key -> !key.drop().isEmpty())
        .forEach(key -> steps.add(UndoStep.sql("let go of foreign key " + key.name(), key.drop())));
    for (Mender mender : menders) {
      if (mender.step.incoming().stream().anyMatch(key -> key.drop().isEmpty())) {
        mender
            .step
            .cascades()
            .forEach(query ->
                steps.add(
                    new UndoStep(
                        UndoStep.Kind.NONE,
                        mender.title(),
                        "",
                        query
                            .replace(mender.step.gone().sql(), "\"?\"")
                            .replace(mender.step.came().sql(), mender.step.gone().sql())
                            .replace("\"?\"", mender.step.came().sql()))));
      }
    }
    for (Mender mender : menders.reversed()) {
      Step.Mend m = mender.step;
      steps.add(
          new UndoStep(
              UndoStep.Kind.EXPECT,
              mender.title(),
              mender.sql.delete(m.came(), m.gone()),
              mender.sql.countUnpaired(m.came(), m.gone())));
    }
    for (Mender mender : menders) {
      Step.Mend m = mender.step;
      if (mender.replaced) {
        steps.add(
            new UndoStep(
                UndoStep.Kind.EXPECT,
                mender.title(),
                mender.sql.deletePaired(m.came(), m.gone()),
                mender.sql.countPaired(m.came(), m.gone())));
        steps.add(
            new UndoStep(
                UndoStep.Kind.EXPECT,
                mender.title(),
                mender.sql.insertAll(m.gone()),
                "SELECT count(*) FROM " + m.gone().sql()));
        continue;
      }
      if (!m.key().isEmpty()) {
        steps.add(
            new UndoStep(
                UndoStep.Kind.EXPECT,
                mender.title(),
                mender.sql.update(m.came(), m.gone()),
                mender.sql.countPaired(m.came(), m.gone())));
      }
      steps.add(
          new UndoStep(
              UndoStep.Kind.EXPECT,
              mender.title(),
              mender.sql.insert(m.came(), m.gone()),
              mender.sql.countUnpaired(m.gone(), m.came())));
    }
    steps.add(UndoStep.sql("check what was deferred", IMMEDIATE));
    for (Mender mender : menders) {
      mender.step.loud().forEach(loud -> steps.add(UndoStep.sql(mender.title(), loud)));
    }
    keys.stream()
        .filter(key -> !key.drop().isEmpty())
        .forEach(key -> steps.add(UndoStep.sql("restore foreign key " + key.name(), key.add())));
    return steps;
  }

  /// The foreign keys that an undo leaves to be validated.
  static List<UndoStep> undoSettle(List<Mender> menders) {
    return menders.stream()
        .filter(mender -> mender.inserts > 0)
        .flatMap(mender -> mender.step.incoming().stream())
        .filter(key -> !key.drop().isEmpty() && !key.validate().isEmpty())
        .distinct()
        .map(key ->
            new UndoStep(
                UndoStep.Kind.VALIDATE, "validate foreign key " + key.name(), key.validate(), ""))
        .toList();
  }

  private String title() {
    return "take back the change of " + step.table();
  }

  /// Rows of several tables that refer to each other may come in any order where the keys are deferrable.
  static final String DEFER = "SET CONSTRAINTS ALL DEFERRED";

  /// No trigger can be switched back on while checks are pending.
  static final String IMMEDIATE = "SET CONSTRAINTS ALL IMMEDIATE";
}
