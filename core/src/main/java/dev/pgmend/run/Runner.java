package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.catalog.Revision;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.load.Effort;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Carries a plan out: stage, load, build, verify, cut over, settle. Until the cutover commits nothing that anyone uses has
/// changed, and a failure removes the staging; after it, undo takes it back.
public final class Runner {
  private final Work work;
  private final Session session;
  private final Plan plan;
  private final Progress progress;
  private final Gate gate;
  private final CutoverLocks locks;
  private final Claims claims;
  private final Loading loading;
  private final Differences differences;
  private final Verification verification;
  private final Effects effects;
  private final CutoverRun cutover;
  private final Crew crew;

  /// @param planned the revision of the tables that the plan was made for
  /// @param gate what has to hold before the cutover commits
  public Runner(
      Session session,
      Archive archive,
      Plan plan,
      Revision planned,
      Effort effort,
      Progress progress,
      Gate gate) {
    this.work = new Work(session, archive, plan, effort, progress);
    this.crew = new Crew(session, plan.run(), effort.jobs());
    this.session = session;
    this.plan = plan;
    this.progress = progress;
    this.gate = gate;
    this.locks = new CutoverLocks(session, work.statements, plan, planned);
    this.claims = new Claims(session);
    this.loading = new Loading(work, crew);
    this.differences = new Differences(work, loading, locks);
    this.verification = new Verification(work, loading, differences);
    this.effects = new Effects(work, loading);
    this.cutover = new CutoverRun(work, locks, differences, effects, gate, this::claim);
  }

  /// The rows were counted and the user does not want them to be changed.
  public static final class Declined extends PgmendException {
    private static final long serialVersionUID = 1L;

    private Declined() {
      super(Kind.USAGE, "not started; the target is unchanged", null, null);
    }
  }

  /// Runs the plan.
  ///
  /// @throws PgmendException if anything went wrong before the cutover was committed; the target is then as it was before
  public Outcome run() {
    if (!plan.runnable()) {
      throw new IllegalArgumentException("the plan has refusals");
    }
    claim();
    try {
      return claimed();
    } finally {
      claims.release();
    }
  }

  private Outcome claimed() {
    Duration locked;
    List<Proved> proofs;
    Journal journal;
    try {
      journal = begin();
      progress.phase("load");
      try (crew) {
        loading.run();
        progress.phase("build");
        Runnable built = new Building(work, crew, work.effort.jobs()).run(loading::readBack);
        progress.phase("verify");
        verification.run();
        built.run();
        proofs = loading.proofs(differences.idle());
      }
      if (verification.nothingToDo()) {
        new Cleaner(session).drop(plan.home(), plan.schemas());
        return new Outcome(
            Outcome.Status.NOTHING_TO_DO,
            plan.run(),
            proofs,
            List.of(),
            whole(),
            exceptions(),
            Duration.ZERO,
            List.of(),
            work.notes);
      }
      if (!progress.counted(differences.counted())) {
        throw new Declined();
      }
      gate.beforeCutover();
      locked = cutover.run(journal, proofs);
    } catch (Commit.Unknown unknown) {
      throw unknown;
    } catch (PgmendException failure) {
      if (failure.kind() == Kind.CONNECTION) {
        throw lost(failure);
      }
      RuntimeException reported =
          withoutStaging(DuplicateRows.explain(plan, work.archive.name(), failure));
      if (failure.kind() == Kind.TARGET) {
        locks.checkRevision();
      }
      throw reported;
    } catch (RuntimeException failure) {
      throw withoutStaging(failure);
    }
    work.notes.addAll(cutover.conflicts());
    List<String> open = settle(journal);
    return new Outcome(
        open.isEmpty() ? Outcome.Status.DONE : Outcome.Status.UNSETTLED,
        plan.run(),
        proofs,
        cutover.changes(),
        whole() && cutover.conflicts().isEmpty(),
        exceptions(),
        locked,
        open,
        work.notes);
  }

  /// {@return whether the tables were to be what the backup says, all of them}
  private boolean whole() {
    return !plan.request().policy().narrows() && differences.whole();
  }

  /// {@return what of the restored rows is not the backup's value, and why}
  private Map<QualifiedName, String> exceptions() {
    Map<QualifiedName, String> all = new HashMap<>();
    loading
        .cast()
        .forEach((table, columns) ->
            all.put(table, "%s as converted (--accept-casts)".formatted(names(columns))));
    differences
        .nulled()
        .forEach((table, columns) ->
            all.merge(
                table,
                "NULL in %s of rows without a parent".formatted(names(columns)),
                (one, other) -> one + " and " + other));
    return all;
  }

  private static String names(Collection<String> columns) {
    return columns.stream().map(dev.pgmend.sql.Sql::quote).collect(Collectors.joining(", "));
  }

  private Journal begin() {
    progress.phase("stage");
    session.begin();
    try {
      String modes =
          plan.modes().values().stream()
              .map(Mode::toString)
              .distinct()
              .sorted()
              .collect(Collectors.joining(", "));
      String tables =
          plan.modes().keySet().stream()
              .map(QualifiedName::sql)
              .sorted()
              .collect(Collectors.joining(", "));
      EventTriggers.probe(session, plan.home());
      Journal journal =
          Journal.create(session, plan.home(), plan.schemas(), tables, modes, work.archive.name());
      for (Step step : plan.stage()) {
        progress.step(step);
        effects.apply(step);
      }
      work.closeToOthers();
      session.commit();
      return journal;
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }

  /// A lost connection does not leave a cutover behind, but a validation may have to be begun again.
  private List<String> settle(Journal journal) {
    try {
      try {
        return new Settler(session, progress).settle(journal, work.orphaned.keySet());
      } catch (PgmendException failure) {
        if (failure.kind() != Kind.CONNECTION) {
          throw failure;
        }
        session.reconnect();
        work.notes.add("the connection was lost while foreign keys were validated, and made again");
        claim();
        return new Settler(session, progress).settle(journal, work.orphaned.keySet());
      }
    } catch (PgmendException failure) {
      throw new PgmendException(
          Kind.UNSETTLED,
          "the cutover was committed and the tables are back; but then: " + failure.getMessage(),
          "pgmend resume %1$s validates the foreign keys that are left; pgmend undo %1$s takes the restore back."
              .formatted(plan.run()),
          failure);
    }
  }

  /// The server has rolled back whatever was not committed; what was staged is removed on a new connection.
  private PgmendException lost(PgmendException failure) {
    String hint = "Run it again.";
    try {
      session.reconnect();
      new Cleaner(session).drop(plan.home(), plan.schemas());
    } catch (PgmendException gone) {
      failure.addSuppressed(gone);
      hint = "pgmend clean %s removes what was staged, if it is there.".formatted(plan.run());
    }
    return new PgmendException(
        Kind.CONNECTION,
        "the connection was lost before the cutover was committed: %s; the target is unchanged"
            .formatted(failure.getMessage()),
        hint,
        failure);
  }

  /// Removes the run's schemas after a failure.
  ///
  /// @return the failure to report, which says so where they could not be removed
  private RuntimeException withoutStaging(RuntimeException failure) {
    // It may have stopped a check and not a statement.
    session.heedInterrupt();
    try {
      new Cleaner(session).drop(plan.home(), plan.schemas());
    } catch (PgmendException cleaning) {
      failure.addSuppressed(cleaning);
      if (!(failure instanceof PgmendException known)) {
        return failure;
      }
      return new PgmendException(
          known.kind(),
          "%s; %s stay behind: %s"
              .formatted(
                  known.getMessage(),
                  plan.home().isOwn()
                      ? "schema %s and what it holds".formatted(plan.run())
                      : "tables of run " + plan.run(),
                  cleaning.getMessage()),
          "pgmend clean %s removes them%s"
              .formatted(plan.run(), cleaning.hint() == null ? "." : ", after: " + cleaning.hint()),
          known);
    }
    if (failure instanceof PgmendException known && known.kind() == Kind.INTERRUPTED) {
      return new PgmendException(
          Kind.INTERRUPTED,
          "interrupted; the target is unchanged, and what was staged is removed",
          null,
          known);
    }
    return failure;
  }

  private void claim() {
    claims.claim(plan.run(), CutoverLocks.names(plan));
  }
}
