package dev.pgmend.restore;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Runs are taken back in the reverse of the order in which they were made, where they have touched the same rows: what was there
/// before an older one is not what was there before a later one.
final class LaterRuns {
  private final Session session;

  LaterRuns(Session session) {
    this.session = session;
  }

  /// Throws if a later run, which is not undone, has touched rows that this one has touched.
  void check(Journal journal, List<Journal.Summary> runs) {
    long began = journal.summary().began();
    Map<String, UndoStep> mine = rows(journal);
    Set<String> tables = tables(journal, mine);
    for (Journal.Summary later : runs.reversed()) {
      if (later.began() <= began
          || later.run().equals(journal.run())
          || later.state() != RunState.CUT_OVER && later.state() != RunState.DONE) {
        continue;
      }
      Journal other = Journal.open(session, later.run());
      Map<String, UndoStep> theirs = rows(other);
      for (String table : tables(other, theirs)) {
        if (tables.contains(table) && touchSame(mine.get(table), theirs.get(table))) {
          throw new PgmendException(
              Kind.REFUSED,
              "run %s, which is later, has touched the same rows of %s; nothing was undone"
                  .formatted(later.run(), table),
              "Take it back first: pgmend undo %s. Or keep what it did: pgmend clean %s forgets it."
                  .formatted(later.run(), later.run()));
        }
      }
    }
  }

  private static Map<String, UndoStep> rows(Journal journal) {
    Map<String, UndoStep> rows = new LinkedHashMap<>();
    journal.steps("rows").forEach(step -> rows.put(step.title(), step));
    return rows;
  }

  private static Set<String> tables(Journal journal, Map<String, UndoStep> rows) {
    Set<String> tables = new TreeSet<>(rows.keySet());
    journal.proofs().stream().map(Proved::table).map(QualifiedName::sql).forEach(tables::add);
    return tables;
  }

  /// {@return whether a row is among what both have changed; what cannot be told counts as such}
  private boolean touchSame(@Nullable UndoStep one, @Nullable UndoStep other) {
    if (one == null
        || other == null
        || one.check().isEmpty()
        || !one.check().equals(other.check())) {
      return true;
    }
    try {
      return session
          .queryText(
              "SELECT EXISTS (SELECT 1 FROM (%s) AS a JOIN (%s) AS b ON a.k = b.k) AS f"
                  .formatted(keys(one), keys(other)),
              row -> row.flag("f"))
          .getFirst();
    } catch (SqlFailure failure) {
      if (!failure.sqlState().startsWith("42")) {
        throw failure;
      }
      return true;
    }
  }

  /// Names are read and quoted again: a journal says which rows, and nothing else.
  private static String keys(UndoStep rows) {
    String columns = String.join(", ", Sql.names(rows.check()).stream().map(Sql::quote).toList());
    List<String> tables = rows.sql().lines().map(name -> QualifiedName.parse(name).sql()).toList();
    return String.join(
        " UNION ALL ",
        tables.stream()
            .map(table -> "SELECT ROW(%s)::pg_catalog.text AS k FROM %s".formatted(columns, table))
            .toList());
  }
}
