package dev.pgmend.run;

import dev.pgmend.plan.CheckStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import java.util.List;

/// Inserts a row that takes its key from the staged table's own sequence, and rolls it back. A unique violation on such a column
/// means that the sequence was behind its data when the backup was made: the application's next INSERT would fail.
final class WriteProbe {
  private final Session session;
  private final List<String> notes;

  WriteProbe(Session session, List<String> notes) {
    this.session = session;
    this.notes = notes;
  }

  void run(CheckStep.Probe probe) {
    session.begin();
    try {
      session.execute(probe.sql());
    } catch (SqlFailure failure) {
      if (failure.sqlState().equals(SqlState.UNIQUE_VIOLATION)) {
        report(probe, failure);
      }
      // Any other refusal is the row's own fault: it is a copy of one that is there.
    } finally {
      session.rollback();
    }
  }

  private void report(CheckStep.Probe probe, SqlFailure failure) {
    session.rollback();
    session.begin();
    List<String> columns =
        session.query(
            """
            select a.attname from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
            join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
            where i.indrelid = ?::regclass and c.relname = ?
            """,
            row -> row.text("attname"),
            probe.staged().sql(),
            failure.constraint());
    if (!columns.isEmpty() && probe.defaulted().containsAll(columns)) {
      notes.add(
          "%s: the sequence behind column %s was behind its data in the backup; the next INSERT that relies on it will fail (%s)"
              .formatted(probe.table(), String.join(", ", columns), failure.constraint()));
    }
  }
}
