package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.load.Loader;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.postgres.Session;
import java.util.Optional;

/// Counts the rows of a table that is not restored which fell with rows that come back, and offers them. It changes nothing and
/// forbids nothing: what cannot be counted is said.
final class FallenCount {
  private final Session session;
  private final Statements statements;
  private final Progress progress;

  FallenCount(Session session, Statements statements, Progress progress) {
    this.session = session;
    this.statements = statements;
    this.progress = progress;
  }

  /// {@return what to tell the user; nothing if no row that could have had children comes}
  ///
  /// @param rights lends what the session's role lacks, for the current transaction
  Optional<String> count(CheckStep.CountFallen step, Archive archive, Runnable rights) {
    session.begin();
    try {
      rights.run();
      if (!statements.flag(step.coming())) {
        return Optional.empty();
      }
      session.execute(step.stage());
      Loader loader = new Loader(session, archive);
      step.loads().forEach(load -> loader.load(load, progress::loaded));
      long rows = statements.number(step.sql());
      return rows == 0
          ? Optional.empty()
          : Optional.of(
              "%s of %s that referred to rows of %s which come back %s missing, too (%s deletes on cascade): --with-children brings back the rows of the tables that refer to it"
                  .formatted(
                      rows == 1 ? "1 row" : rows + " rows",
                      step.table(),
                      step.parent(),
                      rows == 1 ? "is" : "are",
                      step.foreignKey()));
    } catch (PgmendException failure) {
      if (failure.kind() == Kind.CONNECTION || failure.kind() == Kind.INTERRUPTED) {
        throw failure;
      }
      return Optional.of(
          "rows of %s may have been deleted with those of %s (%s deletes on cascade); they cannot be counted: %s"
              .formatted(step.table(), step.parent(), step.foreignKey(), failure.getMessage()));
    } finally {
      session.rollback();
    }
  }
}
