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

/// What follows a cutover: foreign keys that were added as NOT VALID are validated, one by one, under locks that let readers and
/// writers go on. A key that cannot be validated stays NOT VALID, visibly.
public final class Settler {
  private final Session session;
  private final Progress progress;

  public Settler(Session session, Progress progress) {
    this.session = session;
    this.progress = progress;
  }

  /// Validates what is open, of this run or of an earlier one.
  ///
  /// @return what is still open, with the reason
  public List<String> settle(Journal journal) {
    progress.phase("settle");
    List<String> open = validate(journal, "settle");
    if (open.isEmpty()) {
      journal.state(RunState.DONE);
    }
    return open;
  }

  List<String> validate(Journal journal, String purpose) {
    List<String> open = new ArrayList<>();
    for (UndoStep step : journal.steps(purpose)) {
      progress.step(new Step.Statement(step.title(), step.sql()));
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
        if (failure.kind() == Kind.INTERRUPTED || failure.kind() == Kind.CONNECTION) {
          throw failure;
        }
        open.add("%s: %s".formatted(step.title(), failure.getMessage()));
      }
    }
    return open;
  }
}
