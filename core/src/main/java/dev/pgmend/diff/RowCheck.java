package dev.pgmend.diff;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Finds the tables of a closure whose rows are not the backup's. Most are, and are only read once; see [TableDiff] for the others.
public final class RowCheck {
  private final Session session;
  private final Archive archive;

  public RowCheck(Session session, Archive archive) {
    this.session = session;
    this.archive = archive;
  }

  /// Compares in a transaction of its own, which is rolled back.
  ///
  /// @param unknown told which tables could not be compared, and why
  public List<RowDiff> differing(
      Closure closure, Snapshot target, List<String> unknown, Consumer<QualifiedName> progress) {
    List<RowDiff> diffs = new ArrayList<>();
    Comparisons comparisons = new Comparisons(session, archive, closure, target);
    session.begin();
    try {
      session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      session.execute("SET LOCAL lock_timeout = '10s'");
      for (Unit unit : Unit.of(closure, target)) {
        progress.accept(unit.table());
        session.execute("SAVEPOINT \"pgmend table\"");
        try {
          if (!comparisons.same(unit)) {
            RowDiff diff = comparisons.compare(unit, List.of(), ColumnPolicy.NONE, 0, null);
            if (!diff.same()) {
              diffs.add(diff);
            }
          }
          session.execute("RELEASE SAVEPOINT \"pgmend table\"");
        } catch (PgmendException failure) {
          if (failure.kind() != Kind.REFUSED
              && failure.kind() != Kind.TARGET
              && failure.kind() != Kind.LOCKED) {
            throw failure;
          }
          session.execute("ROLLBACK TO SAVEPOINT \"pgmend table\"");
          String hint = failure.hint();
          unknown.add(
              "rows of %s: %s%s"
                  .formatted(
                      unit.table(), failure.getMessage(), hint == null ? "" : " (" + hint + ")"));
        }
      }
      return diffs;
    } finally {
      session.rollback();
    }
  }
}
