package dev.pgmend.run;

import dev.pgmend.plan.CheckStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import java.util.List;
import java.util.Map;

/// Counts the rows that a foreign key would find no parent for, before anything changes.
final class OrphanCount {
  private final Session session;
  private final Statements statements;
  private final List<String> notes;
  private final Progress progress;

  OrphanCount(Session session, Statements statements, List<String> notes, Progress progress) {
    this.progress = progress;
    this.session = session;
    this.statements = statements;
    this.notes = notes;
  }

  /// Adds to `orphans` what forbids the restore, with what can be done about it, and to `orphaned` the keys that stay NOT VALID, with the reason.
  void count(
      CheckStep.CountOrphans step, Map<String, String> orphans, Map<String, String> orphaned) {
    if (!step.countable()) {
      uncountable(step);
      return;
    }
    long rows;
    try {
      rows = statements.number(step.sql());
    } catch (SqlFailure failure) {
      // A type without an operator class cannot be compared here; PostgreSQL's own check knows how.
      if (!failure.sqlState().startsWith("42")) {
        throw failure;
      }
      uncountable(step);
      return;
    }
    progress.found(step, rows == 0 ? "none" : rows + " rows");
    if (rows == 0) {
      return;
    }
    List<String> keys = session.queryText(step.sample(), row -> row.text("k"));
    String text =
        "%d rows of %s have no parent for foreign key %s, for example %s"
            .formatted(rows, step.table(), step.foreignKey(), String.join(", ", keys));
    if (step.tolerated()) {
      notes.add(text + ": it stays NOT VALID");
      orphaned.merge(
          "%s.%s".formatted(step.table().sql(), step.foreignKey()),
          text,
          (one, other) -> one + "; " + other);
    } else {
      orphans.put(text, step.remedy());
    }
  }

  private void uncountable(CheckStep.CountOrphans step) {
    progress.found(step, "cannot be counted beforehand");
    notes.add(
        "foreign key %s of %s cannot be counted beforehand: PostgreSQL's own check decides"
            .formatted(step.foreignKey(), step.table()));
  }
}
