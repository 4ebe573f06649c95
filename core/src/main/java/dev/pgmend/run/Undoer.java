package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Takes a restore back, in one transaction: afterwards everything is as it was before, dependents included.
public final class Undoer {
  private final Session session;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();

  public Undoer(Session session, Progress progress) {
    this.session = session;
    this.progress = progress;
  }

  /// Undoes a run.
  ///
  /// @param discardNewer whether rows that were written since the restore may be lost
  /// @return foreign keys that were valid before and could not be validated again, with the reason
  /// @throws PgmendException if the table was changed since and `discardNewer` is not set; nothing is then changed
  public List<String> undo(Journal journal, boolean discardNewer, Duration maxBlock) {
    RunState state = journal.summary().state();
    if (state == RunState.UNDONE) {
      throw new PgmendException(
          Kind.USAGE, "run %s is undone already".formatted(Sql.quote(journal.run())));
    }
    if (state == RunState.STAGED) {
      throw new PgmendException(
          Kind.USAGE,
          "run %s has changed nothing yet".formatted(Sql.quote(journal.run())),
          "pgmend clean %s removes its staging.".formatted(journal.run()));
    }
    progress.phase("undo");
    List<Proved> proofs = journal.proofs();
    List<QualifiedName> tables = proofs.stream().map(Proved::table).toList();
    new LockRetry(session, maxBlock, tables, progress)
        .run(timeout -> {
          session.begin();
          try {
            Statements statements = new Statements(session, notes);
            statements.lockTimeout(timeout);
            if (!discardNewer
                && journal.steps("undo").stream()
                    .noneMatch(s -> s.kind() == UndoStep.Kind.EXPECT)) {
              unchanged(proofs);
            }
            for (UndoStep step : journal.steps("undo")) {
              apply(statements, step, discardNewer);
            }
            journal.state(RunState.UNDONE);
            new Commit(session, journal).to(RunState.UNDONE);
          } catch (Commit.Unknown unknown) {
            throw unknown;
          } catch (RuntimeException failure) {
            session.rollback();
            throw failure instanceof SqlFailure lost && lost.kind() == Kind.CONNECTION
                ? lost(journal, lost)
                : failure;
          }
          return true;
        });
    return new Settler(session, progress).validate(journal, "undo-settle", Set.of());
  }

  private static PgmendException lost(Journal journal, SqlFailure failure) {
    return new PgmendException(
        Kind.CONNECTION,
        "the connection was lost before the undo was committed: %s; nothing was undone"
            .formatted(failure.getMessage()),
        "Run it again: pgmend undo %s.".formatted(journal.run()),
        failure);
  }

  private void unchanged(List<Proved> proofs) {
    for (Proved proof : proofs) {
      session.execute(
          "LOCK TABLE %s%s IN SHARE ROW EXCLUSIVE MODE"
              .formatted(proof.partitioned() ? "" : "ONLY ", proof.table().sql()));
      boolean forced = forced(proof.table());
      if (forced) {
        session.execute(
            "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY".formatted(proof.table().sql()));
      }
      var now =
          new dev.pgmend.load.TableReader(session)
              .read(proof.table(), proof.columns(), proof.partitioned());
      if (forced) {
        session.execute("ALTER TABLE %s FORCE ROW LEVEL SECURITY".formatted(proof.table().sql()));
      }
      if (now.count() != proof.rows() || !now.hash().equals(proof.hash())) {
        throw new PgmendException(
            Kind.REFUSED,
            "%s was changed since it was restored (%d rows then, %d now); nothing was undone"
                .formatted(proof.table(), proof.rows(), now.count()),
            "pgmend undo --discard-newer gives those changes up.");
      }
    }
  }

  /// {@return whether row security would keep even the owner from reading his own table}
  private boolean forced(QualifiedName table) {
    return session
        .query(
            """
            select c.relrowsecurity and c.relforcerowsecurity and not r.rolsuper and not r.rolbypassrls as forced
            from pg_catalog.pg_class c, pg_catalog.pg_roles r where c.oid = ?::regclass and r.rolname = current_user
            """,
            row -> row.flag("forced"),
            table.sql())
        .getFirst();
  }

  private void apply(Statements statements, UndoStep step, boolean discardNewer) {
    switch (step.kind()) {
      case SQL -> statements.inTransaction(step.title(), step.sql());
      case CARRY ->
          new Sequences(session)
              .carry(QualifiedName.parse(step.check()), QualifiedName.parse(step.sql()));
      case EXPECT -> {
        long expected = statements.number(step.check());
        long touched = statements.inTransaction(step.title(), () -> session.updateText(step.sql()));
        if (touched != expected && !discardNewer) {
          throw new PgmendException(
              Kind.REFUSED,
              "%d of %d rows to take back were changed by someone since; nothing was undone"
                  .formatted(expected - touched, expected),
              "pgmend undo --discard-newer undoes the others.");
        }
      }
      case NONE -> {
        long rows = statements.number(step.check());
        if (rows > 0) {
          throw new PgmendException(
              Kind.REFUSED,
              "%s: %d rows of another table would lose their parents; nothing was undone"
                  .formatted(step.title(), rows),
              "Its owner has to undo the restore.");
        }
      }
      case MOVE_SEQUENCE -> {
        String[] positions = step.check().split(" ", -1);
        QualifiedName sequence = QualifiedName.parse(step.sql());
        Sequences sequences = new Sequences(session);
        // Values that were handed out since are not handed out again.
        if (sequences
            .position(sequence)
            .at(Long.parseLong(positions[0]), Boolean.parseBoolean(positions[1]))) {
          sequences.move(
              sequence, Long.parseLong(positions[2]), Boolean.parseBoolean(positions[3]));
        } else {
          progress.note("sequence %s was used since and stays where it is".formatted(sequence));
        }
      }
      case VALIDATE ->
          throw new IllegalStateException("validation is not part of the undo's transaction");
    }
  }
}
