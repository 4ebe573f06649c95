package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What follows a cutover: foreign keys that were added as NOT VALID are validated, one by one, under locks that let readers and
/// writers go on. A key that cannot be validated stays NOT VALID, visibly.
public final class Settler {
  private final Session session;
  private final Progress progress;

  public Settler(Session session, Progress progress) {
    this.session = session;
    this.progress = progress;
  }

  /// Validates what is open.
  ///
  /// @param tolerated keys, as `"schema"."table".name`, whose orphans the user has accepted
  /// @return what is still open, with the reason
  List<String> settle(Journal journal, Set<String> tolerated) {
    progress.phase("settle");
    List<String> open = validate(journal, "settle", tolerated);
    if (open.isEmpty()) {
      journal.state(RunState.DONE);
    }
    return open;
  }

  /// Goes on with the settling of an earlier run, or of its undo.
  public List<String> resume(Journal journal) {
    return switch (journal.summary().state()) {
      case CUT_OVER -> settle(journal, Set.of());
      case UNDONE -> validate(journal, "undo-settle", Set.of());
      case STAGED, DONE -> List.of();
    };
  }

  List<String> validate(Journal journal, String purpose, Set<String> tolerated) {
    List<String> open = new ArrayList<>();
    for (UndoStep step : journal.steps(purpose)) {
      progress.step(new Step.Statement(step.title(), step.sql()));
      if (tolerated.stream().anyMatch(key -> concerns(step, key))) {
        journal.done(purpose, step);
        continue;
      }
      session.begin();
      try {
        session.execute("SET LOCAL lock_timeout = '30s'");
        OwnRights rights = new OwnRights(session);
        rights.lend(journal.lent());
        session.execute(step.sql());
        rights.takeBack();
        journal.done(purpose, step);
        session.commit();
      } catch (PgmendException failure) {
        session.rollback();
        if (failure.kind() == Kind.CONNECTION || failure.kind() == Kind.INTERRUPTED) {
          throw failure;
        }
        open.add("%s: %s".formatted(step.title(), failure.getMessage()));
      }
    }
    return open;
  }

  private static boolean concerns(UndoStep step, String key) {
    int dot = key.lastIndexOf("\".") + 1;
    return step.sql()
        .contains(
            "ALTER TABLE %s VALIDATE CONSTRAINT %s"
                .formatted(
                    key.substring(0, dot), dev.pgmend.sql.Sql.quote(key.substring(dot + 1))));
  }
}
