package dev.pgmend.run;

import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedSet;

/// The rows of live tables that differ from the staged ones: found before the cutover, all as they are at one moment. Not
/// thread-safe.
final class Differences {
  private final Work work;
  private final Session session;
  private final Plan plan;
  private final Loading loading;
  private final CutoverLocks locks;
  private final Map<QualifiedName, Long> differences = new HashMap<>();
  private final List<String> skipped = new ArrayList<>();

  /// The columns of a table that were given NULL.
  private final Map<QualifiedName, SequencedSet<String>> nulled = new HashMap<>();

  /// How many rows of each mended table differ.
  private final List<RowChange> counted = new ArrayList<>();

  /// How many rows came with those that refer to them.
  private final Map<QualifiedName, Long> brought = new LinkedHashMap<>();

  Differences(Work work, Loading loading, CutoverLocks locks) {
    this.work = work;
    this.session = work.session;
    this.plan = work.plan;
    this.loading = loading;
    this.locks = locks;
  }

  /// Looks at all tables as they are at one moment. Nobody is kept from writing, unless row security has to be lifted to read.
  void compare(MendStep.Compare step) {
    differences.clear();
    List<Mender> menders = Mending.steps(plan.cutover()).stream().map(this::mender).toList();
    menders.forEach(Mender::tellApart);
    new LockRetry(session, plan.request().maxBlock(), plan.modes().keySet(), work.progress)
        .run(timeout -> {
          session.begin();
          try {
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            work.statements.lockTimeout(timeout);
            OwnRights rights = work.freshRights();
            rights.lend(plan.lent());
            step.quiet().forEach(session::execute);
            for (Mender mender : menders) {
              mender.comparison().forEach(sql -> work.statements.inTransaction(step.title(), sql));
            }
            skipped.clear();
            nulled.clear();
            brought.clear();
            bring(step.brings());
            settle(step.settled());
            menders.forEach(Mender::count);
            step.loud().forEach(session::execute);
            rights.takeBack();
            work.closeToOthers();
            session.commit();
          } catch (RuntimeException failure) {
            session.rollback();
            throw failure;
          }
          return true;
        });
    work.notes.addAll(skipped);
    brought.forEach((table, rows) ->
        work.notes.add(
            "%s of %s with rows that refer to %s"
                .formatted(
                    rows == 1 ? "1 row" : rows + " rows",
                    table + (rows == 1 ? " comes" : " come"),
                    rows == 1 ? "it" : "them")));
    counted.clear();
    for (Mender mender : menders) {
      differences.put(
          mender.step().table(), mender.deletes() + mender.updates() + mender.inserts());
      if (idle(mender.step())) {
        locks.leaveOut(mender.step().table());
        work.notes.removeIf(note -> note.startsWith(MendStep.Mend.unasked(mender.step().table())));
      } else {
        counted.add(mender.found());
        work.progress.note(mender.found().toString());
      }
    }
    skipped.forEach(work.progress::note);
    menders.forEach(Mender::ask);
  }

  /// A row that comes may refer to others that are to come.
  private void bring(List<MendStep.Compare.Bring> brings) {
    long found;
    do {
      found = 0;
      for (MendStep.Compare.Bring bring : brings) {
        long rows = session.updateText(bring.sql());
        if (rows > 0) {
          session.execute("ANALYZE " + bring.parent().came().sql());
          brought.merge(bring.parent().table(), rows, Long::sum);
          found += rows;
        }
      }
    } while (found > 0);
  }

  /// {@return whether nothing of the table was asked for and nothing of it comes or goes}
  boolean idle(MendStep.Mend mend) {
    return (mend.policy().rows() == RowPolicy.Rows.REFERRED
            || mend.policy().rows() == RowPolicy.Rows.ORPHANED)
        && differences.getOrDefault(mend.table(), 0L) == 0;
  }

  /// Leaving a row out, or removing it, may leave others without a parent.
  private void settle(List<MendStep.Compare.Settled> actions) {
    long found;
    do {
      found = 0;
      for (MendStep.Compare.Settled action : actions) {
        List<String> sample = session.queryText(action.sample(), row -> row.text("k"));
        if (sample.isEmpty()) {
          continue;
        }
        long rows;
        try {
          rows = session.updateText(action.sql().getFirst());
        } catch (SqlFailure failure) {
          throw Mending.noNull(failure)
              ? Mending.noNull(failure, action.table().toString())
              : failure;
        }
        action.sql().stream().skip(1).forEach(session::execute);
        found += rows;
        if (!action.nulls().isEmpty()) {
          nulled.computeIfAbsent(action.table(), _ -> new LinkedHashSet<>()).addAll(action.nulls());
        }
        skipped.add(
            "%s of %s %s, %s: %s"
                .formatted(
                    rows == 1 ? "1 row" : rows + " rows",
                    action.table() + (rows == 1 ? " is" : " are"),
                    action.done(),
                    action.why(),
                    String.join(", ", sample)));
      }
    } while (found > 0);
  }

  /// {@return what changes the tables in which something differs}
  List<Mender> menders() {
    return Mending.steps(plan.cutover()).stream()
        .filter(step -> !idle(step))
        .map(this::mender)
        .toList();
  }

  private Mender mender(MendStep.Mend step) {
    return new Mender(
        session,
        work.statements,
        step,
        loading.backup(step.table()),
        loading.scope(step.table()),
        () -> loading.culprits(step.table()));
  }

  /// {@return the staged tables that nothing is taken from}
  List<QualifiedName> idle() {
    return Mending.steps(plan.cutover()).stream()
        .filter(this::idle)
        .map(MendStep.Mend::staged)
        .toList();
  }

  /// {@return how many rows of a mended table differ, if they were compared}
  OptionalLong of(QualifiedName table) {
    Long rows = differences.get(table);
    return rows == null ? OptionalLong.empty() : OptionalLong.of(rows);
  }

  /// {@return how many rows of each mended table differ}
  List<RowChange> counted() {
    return List.copyOf(counted);
  }

  /// {@return whether all rows of the backup are meant, and no others}
  boolean whole() {
    return skipped.isEmpty() && brought.isEmpty();
  }

  /// {@return the columns of each table that were given NULL}
  Map<QualifiedName, SequencedSet<String>> nulled() {
    return nulled;
  }
}
