package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.load.RowDigest;
import dev.pgmend.load.RowOrigin;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Takes a restore back, in one transaction: afterwards everything is as it was before, dependents included.
public final class Undoer {
  /// Steps that look for themselves whether rows were changed.
  private static final Set<UndoStep.Kind> CHECKED =
      EnumSet.of(UndoStep.Kind.EXPECT, UndoStep.Kind.UNCHANGED);

  private static final long LONGEST_WAIT = 800;

  private final Session session;
  private final Progress progress;
  private final List<String> kept = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final IndexesAside indexes;

  /// Whether rows were found that someone has changed, and that are to stay.
  private boolean keeping;

  /// How an undo ended.
  ///
  /// @param open foreign keys that were valid before and could not be validated again, with the reason
  /// @param kept what else is not as it was before
  public record Undone(List<String> open, List<String> kept) {
    public Undone {
      open = List.copyOf(open);
      kept = List.copyOf(kept);
    }
  }

  public Undoer(Session session, Progress progress) {
    this.session = session;
    this.progress = progress;
    this.indexes = new IndexesAside(session);
  }

  /// Undoes a run.
  ///
  /// @param conflicts what to do about rows that were written since the restore
  /// @return what is not as it was before
  /// @throws PgmendException if the table was changed since and that is to fail; nothing is then changed
  public Undone undo(Journal journal, Conflicts conflicts, Duration maxBlock) {
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
            // Shorter than the server's deadlock_timeout: nobody else is to become a deadlock's
            // victim.
            statements.lockTimeout(Math.min(timeout, LONGEST_WAIT));
            OwnRights rights = new OwnRights(session);
            rights.lend(journal.lent());
            if (conflicts != Conflicts.TAKE_BACKUP) {
              unchanged(replaced(journal, proofs));
            }
            kept.clear();
            indexes.forget();
            keeping = false;
            for (UndoStep step : journal.steps("undo")) {
              apply(statements, step, conflicts);
            }
            rights.takeBack();
            journal.state(RunState.UNDONE);
            new Commit(session, journal).to(RunState.UNDONE);
          } catch (Commit.Unknown unknown) {
            throw unknown;
          } catch (SqlFailure failure) {
            session.rollback();
            throw failure.kind() == Kind.CONNECTION
                ? lost(journal, failure)
                : failure.sqlState().equals(SqlState.INSUFFICIENT_PRIVILEGE)
                    ? unreadable(tables, failure)
                    : refusal(journal, failure);
          } catch (RuntimeException failure) {
            session.rollback();
            throw failure;
          }
          return true;
        });
    return new Undone(settle(journal), kept);
  }

  /// A lost connection does not leave an undo behind, but a validation may have to be begun again.
  private List<String> settle(Journal journal) {
    Settler settler = new Settler(session, progress);
    try {
      try {
        return settler.validate(journal, "undo-settle", Set.of());
      } catch (PgmendException failure) {
        if (failure.kind() != Kind.CONNECTION) {
          throw failure;
        }
        session.reconnect();
        return settler.validate(journal, "undo-settle", Set.of());
      }
    } catch (PgmendException failure) {
      throw new PgmendException(
          Kind.UNSETTLED,
          "the undo was committed; but then: " + failure.getMessage(),
          "pgmend resume %s validates the foreign keys that are left.".formatted(journal.run()),
          failure);
    }
  }

  /// What was built or written on a restored table since then holds on to it. The server's hint for that would be DROP … CASCADE.
  private static PgmendException refusal(Journal journal, SqlFailure failure) {
    String keep =
        "or keep what was restored: pgmend clean %s forgets the run.".formatted(journal.run());
    return switch (failure.sqlState()) {
      case SqlState.DEPENDENT_OBJECTS_STILL_EXIST ->
          new PgmendException(
              Kind.REFUSED,
              "something made since the restore depends on what it brought: %s; nothing was undone"
                  .formatted(failure.detail()),
              "Drop or change that first, " + keep,
              failure);
      case SqlState.FOREIGN_KEY_VIOLATION ->
          failure.statement().contains(" ATTACH PARTITION ")
              ? orphansInOldPartition(journal, keep, failure)
              : new PgmendException(
                  Kind.REFUSED,
                  "rows written or deleted since the restore stand in the way, by foreign key %s: %s; nothing was undone"
                      .formatted(failure.constraint(), failure.detail()),
                  "Change those rows first, " + keep,
                  failure);
      case SqlState.UNIQUE_VIOLATION, SqlState.EXCLUSION_VIOLATION ->
          new PgmendException(
              Kind.REFUSED,
              "rows written since the restore have the values of rows to be put back, by constraint %s: %s; nothing was undone"
                  .formatted(failure.constraint(), failure.detail()),
              "Change those rows first, " + keep,
              failure);
      case SqlState.UNDEFINED_COLUMN, SqlState.DATATYPE_MISMATCH, SqlState.NOT_NULL_VIOLATION ->
          new PgmendException(
              Kind.REFUSED,
              "the columns of a table were changed since the restore: %s; nothing was undone"
                  .formatted(failure.serverMessage()),
              "Give it the columns that it had then, " + keep,
              failure);
      default -> failure;
    };
  }

  /// A partition is attached only with its parent's foreign keys, and these only if all of its rows have what they refer to.
  private static PgmendException orphansInOldPartition(
      Journal journal, String keep, SqlFailure failure) {
    return new PgmendException(
        Kind.REFUSED,
        "rows of the old partition refer to rows that are not there, by foreign key %s: %s; these were gone before the restore already or were deleted since; nothing was undone"
            .formatted(failure.constraint(), failure.detail()),
        "Bring back the rows that they refer to, or change or delete them in the old partition, which is in schema %s, "
                .formatted(Sql.quote(journal.run() + "_old"))
            + keep,
        failure);
  }

  /// Rows that refer to what the restore brought may be in a table that this role may not read.
  private PgmendException unreadable(List<QualifiedName> tables, SqlFailure failure) {
    List<String> grants = new OwnRights(session).missingOnReferring(tables);
    return grants.isEmpty()
        ? failure
        : new PgmendException(
            Kind.REFUSED,
            "rows that refer to what the restore brought cannot be counted: %s; nothing was undone"
                .formatted(failure.serverMessage()),
            String.join(" ", grants),
            failure);
  }

  private static PgmendException lost(Journal journal, SqlFailure failure) {
    return new PgmendException(
        Kind.CONNECTION,
        "the connection was lost before the undo was committed: %s; nothing was undone"
            .formatted(failure.getMessage()),
        "Run it again: pgmend undo %s.".formatted(journal.run()),
        failure);
  }

  /// {@return the tables that were created or exchanged: of those that were mended the steps look themselves}
  private static List<Proved> replaced(Journal journal, List<Proved> proofs) {
    Set<String> mended =
        journal.steps("rows").stream().map(UndoStep::title).collect(Collectors.toSet());
    boolean checked = journal.steps("undo").stream().anyMatch(s -> CHECKED.contains(s.kind()));
    return mended.isEmpty() && checked
        ? List.of()
        : proofs.stream().filter(proof -> !mended.contains(proof.table().sql())).toList();
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
      boolean same;
      long now;
      if (RowOrigin.is(proof.hash())) {
        RowOrigin.Counted since =
            new RowOrigin(session).since(proof.table(), proof.partitioned(), proof.hash());
        now = since.rows();
        same = now == proof.rows() && since.foreign() == 0;
      } else {
        RowDigest.RowSet read =
            new TableReader(session).read(proof.table(), proof.columns(), proof.partitioned());
        now = read.count();
        same = now == proof.rows() && read.hash().equals(proof.hash());
      }
      if (forced) {
        session.execute("ALTER TABLE %s FORCE ROW LEVEL SECURITY".formatted(proof.table().sql()));
      }
      if (!same) {
        throw new PgmendException(
            Kind.REFUSED,
            "%s was changed since it was restored (%d rows then, %d now); nothing was undone"
                .formatted(proof.table(), proof.rows(), now),
            "pgmend undo --on-conflict take-backup gives those changes up.");
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

  private void changed(Statements statements, UndoStep step, Conflicts conflicts) {
    long rows = statements.number(step.check());
    if (rows == 0) {
      return;
    }
    String what =
        "%d %s: %s"
            .formatted(
                rows,
                step.title(),
                String.join(", ", session.queryText(step.sql(), row -> row.text("k"))));
    switch (conflicts) {
      case FAIL ->
          throw new PgmendException(
              Kind.REFUSED,
              what + "; nothing was undone",
              "pgmend undo --on-conflict keep-live leaves these rows as they are and takes back the others; --on-conflict take-backup puts back what was there before the restore, and those changes are lost.");
      case KEEP_LIVE -> {
        keeping = true;
        kept.add(what + "; they stay as they are");
      }
      case TAKE_BACKUP -> {}
    }
  }

  private void apply(Statements statements, UndoStep step, Conflicts conflicts) {
    boolean discardNewer = conflicts == Conflicts.TAKE_BACKUP;
    switch (step.kind()) {
      case CHANGED -> changed(statements, step, conflicts);
      case KEEP -> {
        if (keeping && step.sql().isEmpty()) {
          if (statements.number(step.check()) > 0) {
            throw new PgmendException(
                Kind.REFUSED,
                step.title() + " changed by someone since; nothing was undone",
                "pgmend undo --on-conflict take-backup gives those changes up.");
          }
        } else if (keeping) {
          statements.inTransaction(step.title(), step.sql());
        }
      }
      case ROWS -> throw new IllegalStateException("not a step: " + step.title());
      case SQL -> statements.inTransaction(step.title(), step.sql());
      case ASIDE -> {
        if (!indexes.take(QualifiedName.parse(step.check()), QualifiedName.parse(step.sql()))) {
          kept.add(step.title());
        }
      }
      case PUT_BACK -> indexes.putBack(statements, step.title(), QualifiedName.parse(step.sql()));
      case CARRY ->
          new Sequences(session)
              .carry(QualifiedName.parse(step.check()), QualifiedName.parse(step.sql()));
      case EXPECT, UNCHANGED -> {
        if (step.kind() == UndoStep.Kind.UNCHANGED && (discardNewer || keeping)) {
          return;
        }
        long expected = statements.number(step.check());
        if (expected == 0) {
          return;
        }
        long touched = statements.inTransaction(step.title(), () -> session.updateText(step.sql()));
        if (touched == expected) {
          return;
        }
        String changed =
            "%s: %d of %d rows were changed by someone since"
                .formatted(step.title(), expected - touched, expected);
        if (conflicts == Conflicts.FAIL || step.kind() == UndoStep.Kind.UNCHANGED) {
          throw new PgmendException(
              Kind.REFUSED,
              changed + "; nothing was undone",
              "pgmend undo --on-conflict take-backup gives those changes up.");
        }
        kept.add(changed + " and stay as they are, for the table has no key to find them by");
      }
      case DISCARD -> {
        if (discardNewer) {
          statements.inTransaction(step.title(), step.sql());
        }
      }
      case NO_MORE -> {
        long more = statements.number(step.check()) - Long.parseLong(step.sql());
        if (more > 0 && !discardNewer) {
          throw new PgmendException(
              Kind.REFUSED,
              "%d %s; nothing was undone".formatted(more, step.title()),
              "Change or delete them first; pgmend undo --on-conflict take-backup leaves them without what they refer to, and the foreign key NOT VALID.");
        }
        if (more > 0) {
          kept.add("%d %s; they stay, without what they refer to".formatted(more, step.title()));
        }
      }
      case NONE -> {
        long rows = statements.number(step.check());
        if (rows > 0) {
          throw new PgmendException(
              Kind.REFUSED,
              "%s, and by it %d rows refer to what the restore had brought back; nothing was undone"
                  .formatted(step.title(), rows),
              "Its owner has to undo the restore, or to change those rows first.");
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
          kept.add("sequence %s was used since and stays where it is".formatted(sequence));
        }
      }
      case LARGE_OBJECTS -> new LargeObjectReturn(session).remove(step.sql(), discardNewer);
      case VALIDATE ->
          throw new IllegalStateException("validation is not part of the undo's transaction");
      case LEND -> throw new IllegalStateException("rights are lent for the whole transaction");
    }
  }
}
