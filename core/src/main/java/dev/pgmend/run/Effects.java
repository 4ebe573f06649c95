package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.IndexStep;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.RightsStep;
import dev.pgmend.plan.SequenceStep;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Does the steps that change something. Not thread-safe.
final class Effects {
  private final Work work;
  private final Session session;
  private final Loading loading;
  private final List<UndoStep> found = new ArrayList<>();
  private final IndexesAside indexes;

  Effects(Work work, Loading loading) {
    this.work = work;
    this.session = work.session;
    this.loading = loading;
    this.indexes = new IndexesAside(work.session);
  }

  /// {@return inverses of what only the run itself could find to be done}
  List<UndoStep> found() {
    return found;
  }

  /// Forgets what a transaction did that was rolled back.
  void forget() {
    found.clear();
    indexes.forget();
  }

  /// {@return a proof as it is when names were looked up again}
  Proved renamed(Proved proof) {
    return loading.renamed(proof);
  }

  /// Does what a step says, in the current transaction.
  void apply(Step step) {
    switch (step) {
      case Step.Statement statement -> {
        try {
          work.statements.inTransaction(statement.title(), statement.sql());
        } catch (SqlFailure failure) {
          throw attaching(statement, failure);
        }
        if (statement.sql().contains("default_table")) {
          session.execute(
              "SET LOCAL default_tablespace = ''; SET LOCAL default_table_access_method = heap");
        }
      }
      case RightsStep.Lend lend -> work.rights().lend(lend.relations());
      case RightsStep.TakeBack _ -> work.rights().takeBack();
      case MendStep.Mend _ -> {
        // All mends were done together, with the first.
      }
      case LoadStep.Load load -> loading.inPlace(load);
      case CheckStep.CountOrphans count -> {
        Map<String, String> orphans = new LinkedHashMap<>();
        new OrphanCount(session, work.statements, work.notes, work.progress)
            .count(count, orphans, work.orphaned);
        Work.refuse("rows would break foreign keys", orphans);
      }
      case LoadStep.LoadLargeObjects load ->
          new LargeObjectReturn(session).load(load, work.archive, work.notes);
      case FillStep.CreateLargeObjects objects ->
          found.addAll(new LargeObjectReturn(session).create(objects, work.archive, work.notes));
      case FillStep.Refill refill -> refill(refill);
      case FillStep.Refresh refresh -> new Refreshing(work).inTransaction(refresh);
      case FillStep.Repoint repoint -> repoint(repoint);
      case IndexStep.Aside aside -> {
        if (!indexes.take(aside.table(), aside.index())) {
          work.notes.add(aside.otherwise());
        }
      }
      case IndexStep.Again again -> indexes.putBack(work.statements, again.title(), again.index());
      case FillStep.Rename rename -> loading.rename(rename);
      case SequenceStep.CarrySequence carry ->
          new Sequences(session).carry(carry.from(), carry.to());
      case SequenceStep.AdvanceSequence advance -> advance(advance);
      default -> throw new IllegalStateException("not a step of a cutover: " + step);
    }
  }

  private void refill(FillStep.Refill step) {
    step.quiet().forEach(session::execute);
    long unknown = work.statements.number(step.countUnknown());
    if (unknown > 0 && !step.tolerant()) {
      throw new PgmendException(
          Kind.REFUSED,
          "%d rows of %s are not in the backup: what they had in column %s, which fell with the table, is lost; the target is unchanged"
              .formatted(
                  unknown,
                  step.table(),
                  String.join(
                      ", ", step.columns().stream().map(dev.pgmend.sql.Sql::quote).toList())),
          "--skip-missing leaves the column NULL in those rows.");
    }
    long filled =
        work.statements.inTransaction(step.title(), () -> session.updateText(step.update()));
    step.loud().forEach(session::execute);
    work.notes.add(
        "%s: column %s added again and filled in %d rows%s"
            .formatted(
                step.table(),
                String.join(", ", step.columns().stream().map(dev.pgmend.sql.Sql::quote).toList()),
                filled,
                unknown == 0
                    ? ""
                    : "; NULL in %d that the backup does not have".formatted(unknown)));
  }

  /// A partition that no longer fits in is a matter of the plan, not of the server.
  private static RuntimeException attaching(Step.Statement step, SqlFailure failure) {
    boolean bounds =
        failure.sqlState().equals(SqlState.CHECK_VIOLATION)
            || failure.sqlState().equals(SqlState.INVALID_OBJECT_DEFINITION);
    return bounds && step.sql().contains(" ATTACH PARTITION ")
        ? Verification.misplaced(
            "%s: %s".formatted(step.title(), failure.getMessage()),
            step.title().replaceFirst("^.* to ", ""))
        : failure;
  }

  private void repoint(FillStep.Repoint step) {
    Map<Long, Long> oids = new HashMap<>();
    // Only the owner can read past FORCE ROW LEVEL SECURITY, and that is among what is silenced.
    boolean forced = step.quiet().stream().anyMatch(sql -> sql.contains("ROW LEVEL SECURITY"));
    if (forced) {
      step.quiet().forEach(session::execute);
    }
    session.queryText(step.needed(), row -> oids.put(row.number("old"), row.number("new")));
    if (!oids.isEmpty()) {
      if (!forced) {
        step.quiet().forEach(session::execute);
      }
      List<UndoStep> back = new ArrayList<>();
      step.quiet().forEach(sql -> back.add(UndoStep.sql(step.title(), sql)));
      long values = 0;
      for (Map.Entry<Long, Long> pair : oids.entrySet()) {
        long old = pair.getKey();
        long fresh = pair.getValue();
        values += session.updateText(step.replace(old, fresh));
        back.add(UndoStep.sql(step.title(), step.replace(fresh, old)));
      }
      work.notes.add(step.found(values));
      step.loud().forEach(sql -> back.add(UndoStep.sql(step.title(), sql)));
      found.addAll(back);
    }
    long lost = work.statements.number(step.countLost());
    if (lost > 0 && lost != step.told()) {
      work.notes.add(step.lost(lost));
    }
    if (forced || !oids.isEmpty()) {
      step.loud().forEach(session::execute);
    }
  }

  private void advance(SequenceStep.AdvanceSequence step) {
    Sequences sequences = new Sequences(session);
    Sequences.Position before = sequences.position(step.sequence());
    if (sequences.behind(step.sequence(), step.last(), step.called())) {
      sequences.move(step.sequence(), step.last(), step.called());
      found.add(
          new UndoStep(
              UndoStep.Kind.MOVE_SEQUENCE,
              "move sequence %s back".formatted(step.sequence()),
              step.sequence().sql(),
              "%d %s %d %s".formatted(step.last(), step.called(), before.last(), before.called())));
    }
  }
}
