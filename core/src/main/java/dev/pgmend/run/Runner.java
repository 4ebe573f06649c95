package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Carries a plan out: stage, load, build, verify, cut over, settle. Until the cutover commits nothing that anyone uses has
/// changed, and a failure removes the staging; after it, undo takes it back.
public final class Runner {
  private final Session session;
  private final Archive archive;
  private final Plan plan;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();
  private final Statements statements;
  private final Map<QualifiedName, RowSet> loaded = new HashMap<>();
  private final Map<String, String> orphaned = new LinkedHashMap<>();
  private final List<Outcome.Change> changes = new ArrayList<>();
  private boolean drifted;
  private final List<Proved> created = new ArrayList<>();
  private OwnRights rights;
  private final List<UndoStep> sequenceUndo = new ArrayList<>();

  public Runner(Session session, Archive archive, Plan plan, Progress progress) {
    this.session = session;
    this.archive = archive;
    this.plan = plan;
    this.progress = progress;
    this.statements = new Statements(session, notes);
    this.notes.addAll(plan.notices());
    this.rights = new OwnRights(session);
  }

  /// Runs the plan.
  ///
  /// @throws PgmendException if anything went wrong before the cutover was committed; the target is then as it was before
  public Outcome run() {
    if (!plan.runnable()) {
      throw new IllegalArgumentException("the plan has refusals");
    }
    List<QualifiedName> tables =
        plan.modes().keySet().stream().map(plan.request()::renamed).toList();
    try (RunLock _ = RunLock.take(session, plan.run(), tables)) {
      return carryOut();
    }
  }

  private Outcome carryOut() {
    Journal journal = begin();
    Duration locked;
    List<Proved> proofs;
    try {
      load();
      build();
      verify();
      proofs = proofs();
      if (nothingToDo()) {
        new Cleaner(session).drop(plan.schemas());
        return new Outcome(
            Outcome.Status.NOTHING_TO_DO,
            plan.run(),
            proofs,
            List.of(),
            Duration.ZERO,
            List.of(),
            notes);
      }
      locked = cutOver(journal, proofs);
    } catch (RuntimeException failure) {
      throw withoutStaging(failure);
    }
    List<String> open = settle(journal);
    return new Outcome(
        open.isEmpty() ? Outcome.Status.DONE : Outcome.Status.UNSETTLED,
        plan.run(),
        proofs,
        changes,
        locked,
        open,
        notes);
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
      EventTriggers.probe(session, plan.run());
      Journal journal =
          Journal.create(
              session, plan.run(), plan.schemas(), tables, modes, String.valueOf(archive.path()));
      for (Step step : plan.stage()) {
        progress.step(step);
        effect(step);
      }
      closeToOthers();
      session.commit();
      return journal;
    } catch (RuntimeException failure) {
      session.rollback();
      throw failure;
    }
  }

  private void load() {
    progress.phase("load");
    Loader loader = new Loader(session, archive);
    for (Step step : plan.load()) {
      progress.step(step);
      if (step instanceof Step.LoadAside aside) {
        loadAndCompare(loader, aside.load());
      } else if (step instanceof Step.Load load) {
        loaded.put(load.table(), loadAndCompare(loader, load));
      } else {
        session.execute(step.sql());
      }
    }
  }

  private RowSet loadAndCompare(Loader loader, Step.Load load) {
    RowSet sent = statements.alone(load.title(), () -> loader.load(load, progress::loaded));
    compare(
        loader,
        load,
        sent,
        new TableReader(session).read(load.into(), load.columns(), isPartitioned(load.into())));
    return sent;
  }

  private boolean isPartitioned(QualifiedName staged) {
    return statements.flag(
        "SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
            .formatted(dev.pgmend.sql.Sql.literal(staged.sql())));
  }

  private void compare(Loader loader, Step.Load load, RowSet sent, RowSet read) {
    if (sent.matches(read)) {
      return;
    }
    if (sent.count() == read.count() && !load.verbatim()) {
      RowSet canonical = loader.canonical(load, new QualifiedName(plan.run(), "canonical"));
      if (canonical.matches(read)) {
        notes.add(
            "%s: the backup spells some values otherwise than this server; compared after the server's own conversion"
                .formatted(load.table()));
        return;
      }
    }
    throw new PgmendException(
        Kind.MISMATCH,
        "%s: %d rows with hash %s were sent and %d rows with hash %s are in staging; the target is unchanged"
            .formatted(load.table(), sent.count(), sent.hash(), read.count(), read.hash()));
  }

  private void build() {
    progress.phase("build");
    for (Step step : plan.build()) {
      progress.step(step);
      statements.alone(step.title(), step.sql());
    }
  }

  private void verify() {
    progress.phase("verify");
    List<String> orphans = new ArrayList<>();
    for (Step step : plan.verify()) {
      progress.step(step);
      switch (step) {
        case Step.CountOrphans count ->
            borrowing(
                () -> new OrphanCount(session, statements, notes).count(count, orphans, orphaned));
        case Step.Probe probe -> new WriteProbe(session, notes).run(probe);
        case Step.CompareStructure compare -> structure(compare);
        default -> throw new IllegalStateException("not a step of verification: " + step);
      }
    }
    refuse(orphans);
  }

  private void structure(Step.CompareStructure step) {
    List<String> differences = new StructureCheck(session, notes).differences(step, plan.lent());
    if (differences.isEmpty()) {
      return;
    }
    drifted = true;
    if (!step.accepted() && !plan.modes().containsValue(Mode.SWAP)) {
      throw new PgmendException(
          Kind.REFUSED,
          "the table is not defined as in the backup: %s%s; the target is unchanged"
              .formatted(
                  String.join("; ", differences.stream().limit(8).toList()),
                  differences.size() > 8 ? "; and %d more".formatted(differences.size() - 8) : ""),
          "--mode mend brings back the rows and leaves the definition as it is; --mode swap replaces the table by the backup's.");
    }
    boolean swap = plan.modes().containsValue(Mode.SWAP);
    differences.forEach(difference ->
        notes.add((swap ? "replaced by the backup's: " : "left as it is: ") + difference));
  }

  /// Reads live tables in a transaction that is rolled back, with the rights that their owners lack.
  private void borrowing(Runnable action) {
    session.begin();
    try {
      rights = new OwnRights(session);
      rights.lend(plan.lent());
      action.run();
    } finally {
      session.rollback();
    }
  }

  private static void refuse(List<String> orphans) {
    if (!orphans.isEmpty()) {
      throw new PgmendException(
          Kind.REFUSED,
          "rows would break foreign keys: %s; the target is unchanged"
              .formatted(String.join("; ", orphans)),
          "Restore the other table in the same command, or use --orphans not-valid to leave the foreign key NOT VALID.");
    }
  }

  /// Reads every restored table back once more where later steps could have touched it, and keeps the figures.
  private List<Proved> proofs() {
    List<Proved> proofs = new ArrayList<>();
    for (Step step : plan.load()) {
      if (step instanceof Step.Load load) {
        RowSet rows = loaded.get(load.table());
        RowSet staged =
            new TableReader(session).read(load.into(), load.columns(), isPartitioned(load.into()));
        proofs.add(
            new Proved(
                plan.request().renamed(load.table()),
                load.columns(),
                isPartitioned(load.into()),
                staged.count(),
                staged.hash()));
        if (rows == null || rows.count() != staged.count()) {
          throw new PgmendException(
              Kind.MISMATCH,
              "the staged rows of %s changed before the cutover; the target is unchanged"
                  .formatted(load.table()));
        }
      }
    }
    return proofs;
  }

  private boolean nothingToDo() {
    if (!orphaned.isEmpty()) {
      return false;
    }
    if (plan.modes().values().stream().allMatch(Mode.SWAP::equals)) {
      return !drifted && sameRows();
    }
    for (Step step : plan.cutover()) {
      switch (step) {
        case Step.Mend mend -> {
          boolean[] same = {false};
          borrowing(() -> same[0] = new Mender(session, statements, mend).nothingToDo());
          if (!same[0]) {
            return false;
          }
        }
        case Step.Lend _, Step.TakeBack _ -> {}
        case Step.AdvanceSequence advance -> {
          if (new Sequences(session).behind(advance.sequence(), advance.last(), advance.called())) {
            return false;
          }
        }
        default -> {
          return false;
        }
      }
    }
    return true;
  }

  /// {@return whether the tables to be exchanged hold the backup's rows already}
  private boolean sameRows() {
    for (Step step : plan.load()) {
      if (step instanceof Step.Load load) {
        RowSet staged = loaded.get(load.table());
        RowSet live = statements.readable(() -> live(load));
        if (staged == null || live == null || !live.matches(staged)) {
          return false;
        }
      }
    }
    return true;
  }

  private RowSet live(Step.Load load) {
    List<RowSet> rows = new ArrayList<>();
    borrowing(() ->
        rows.add(
            new TableReader(session)
                .read(load.table(), load.columns(), isPartitioned(load.into()))));
    return rows.getFirst();
  }

  private Duration cutOver(Journal journal, List<Proved> proofs) {
    progress.phase("cutover");
    LockRetry retry =
        new LockRetry(session, plan.request().maxBlock(), plan.modes().keySet(), progress);
    return retry.run(timeout -> {
      changes.clear();
      session.begin();
      long start = System.nanoTime();
      try {
        statements.lockTimeout(timeout);
        rights = new OwnRights(session);
        Mending mending = mending();
        boolean mended = Mending.steps(plan.cutover()).isEmpty();
        for (Step step : plan.cutover()) {
          progress.step(step);
          if (step instanceof Step.Mend && !mended) {
            changes.addAll(mending.run(plan.request().exact()));
            mended = true;
          } else {
            effect(step);
          }
        }
        // Objects that were missing came after the rows, and go before them.
        List<UndoStep> undo = new ArrayList<>();
        plan.undo().forEach(step -> undo.addAll(inverse(step)));
        undo.addAll(mending.undo());
        undo.addAll(sequenceUndo);
        new CutoverChecks(session, plan).run();
        dropStagedRows();
        closeToOthers();
        journal.steps("undo", undo);
        List<UndoStep> undoSettle = new ArrayList<>(validations(plan.undoSettle()));
        undoSettle.addAll(mending.undoSettle());
        journal.steps("undo-settle", undoSettle);
        // What the user has accepted is not left to be validated: a resume must not try either.
        List<UndoStep> settle =
            new ArrayList<>(
                validations(plan.settle().stream().filter(step -> !tolerated(step)).toList()));
        settle.addAll(mending.settle());
        journal.steps("settle", settle);
        orphaned.values().forEach(journal::leftNotValid);
        journal.steps("lent", lent());
        proofs.forEach(journal::proof);
        journal.state(RunState.CUT_OVER);
        session.commit();
      } catch (RuntimeException failure) {
        session.rollback();
        throw failure;
      }
      return Duration.ofNanos(System.nanoTime() - start);
    });
  }

  private boolean tolerated(Step step) {
    return step instanceof Step.Validate key
        && orphaned.containsKey("%s.%s".formatted(key.table().sql(), key.constraint()));
  }

  private List<UndoStep> lent() {
    return plan.lent().stream()
        .map(name -> new UndoStep(UndoStep.Kind.LEND, "lend rights on " + name, name.sql(), ""))
        .toList();
  }

  private Mending mending() {
    return new Mending(
        session,
        statements,
        Mending.steps(plan.cutover()).stream()
            .map(step -> new Mender(session, statements, step))
            .toList(),
        orphaned.keySet());
  }

  private void effect(Step step) {
    switch (step) {
      case Step.Statement statement -> {
        statements.inTransaction(statement.title(), statement.sql());
        if (statement.sql().contains("default_table")) {
          session.execute(
              "SET LOCAL default_tablespace = ''; SET LOCAL default_table_access_method = heap");
        }
      }
      case Step.Lend lend -> rights.lend(lend.relations());
      case Step.TakeBack _ -> rights.takeBack();
      case Step.Mend _ -> {
        // All mends were done together, with the first.
      }
      case Step.Load load -> {
        Loader loader = new Loader(session, archive);
        RowSet before =
            new TableReader(session).read(load.into(), load.columns(), isPartitioned(load.into()));
        if (before.count() > 0) {
          throw new IllegalStateException("loaded twice: " + load.into());
        }
        RowSet sent =
            statements.inTransaction(load.title(), () -> loader.load(load, progress::loaded));
        RowSet there =
            new TableReader(session).read(load.into(), load.columns(), isPartitioned(load.into()));
        compare(loader, load, sent, there);
        created.add(
            new Proved(
                load.table(),
                load.columns(),
                isPartitioned(load.into()),
                there.count(),
                there.hash()));
      }
      case Step.CountOrphans count -> {
        List<String> orphans = new ArrayList<>();
        new OrphanCount(session, statements, notes).count(count, orphans, orphaned);
        refuse(orphans);
      }
      case Step.Refill refill -> refill(refill);
      case Step.CarrySequence carry -> new Sequences(session).carry(carry.from(), carry.to());
      case Step.AdvanceSequence advance -> advance(advance);
      default -> throw new IllegalStateException("not a step of a cutover: " + step);
    }
  }

  private void refill(Step.Refill step) {
    step.quiet().forEach(session::execute);
    long unknown = statements.number(step.countUnknown());
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
    long filled = statements.inTransaction(step.title(), () -> session.updateText(step.update()));
    step.loud().forEach(session::execute);
    notes.add(
        "%s: column %s added again and filled in %d rows%s"
            .formatted(
                step.table(),
                String.join(", ", step.columns().stream().map(dev.pgmend.sql.Sql::quote).toList()),
                filled,
                unknown == 0
                    ? ""
                    : "; NULL in %d that the backup does not have".formatted(unknown)));
  }

  private void advance(Step.AdvanceSequence step) {
    Sequences sequences = new Sequences(session);
    Sequences.Position before = sequences.position(step.sequence());
    if (sequences.behind(step.sequence(), step.last(), step.called())) {
      sequences.move(step.sequence(), step.last(), step.called());
      sequenceUndo.add(
          new UndoStep(
              UndoStep.Kind.MOVE_SEQUENCE,
              "move sequence %s back".formatted(step.sequence()),
              step.sequence().sql(),
              "%d %s %d %s".formatted(step.last(), step.called(), before.last(), before.called())));
    }
  }

  private static List<UndoStep> inverse(Step step) {
    return switch (step) {
      case Step.Mend _, Step.Lend _, Step.TakeBack _ -> List.of();
      case Step.CarrySequence carry ->
          List.of(
              new UndoStep(
                  UndoStep.Kind.CARRY, carry.title(), carry.from().sql(), carry.to().sql()));
      default -> List.of(UndoStep.sql(step.title(), step.sql()));
    };
  }

  private static List<UndoStep> validations(List<Step> steps) {
    return steps.stream()
        .map(step -> new UndoStep(UndoStep.Kind.VALIDATE, step.title(), step.sql(), ""))
        .toList();
  }

  private void dropStagedRows() {
    Mending.steps(plan.cutover())
        .forEach(mend -> session.execute("DROP TABLE " + mend.staged().sql()));
    for (Step step : plan.cutover()) {
      if (step instanceof Step.Refill refill) {
        session.execute("DROP TABLE " + refill.staged().sql());
      }
    }
  }

  private List<String> settle(Journal journal) {
    try {
      return new Settler(session, progress).settle(journal);
    } catch (PgmendException failure) {
      throw new PgmendException(
          failure.kind(),
          "the tables are back, but the validation of foreign keys was cut short: %s"
              .formatted(failure.getMessage()),
          "pgmend resume %s goes on; pgmend undo %s takes the restore back."
              .formatted(plan.run(), plan.run()),
          failure);
    }
  }

  /// Default privileges may have given others rights on what was created.
  private void closeToOthers() {
    Journal.close(
        session, plan.schemas().stream().filter(schema -> !schema.contains("_old")).toList());
  }

  /// Removes the run's schemas after a failure.
  ///
  /// @return the failure to report, which says so where they could not be removed
  private RuntimeException withoutStaging(RuntimeException failure) {
    try {
      new Cleaner(session).drop(plan.schemas());
    } catch (PgmendException cleaning) {
      failure.addSuppressed(cleaning);
      if (!(failure instanceof PgmendException known)) {
        return failure;
      }
      return new PgmendException(
          known.kind(),
          "%s; schema %s and what it holds stay behind: %s"
              .formatted(known.getMessage(), plan.run(), cleaning.getMessage()),
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
}
