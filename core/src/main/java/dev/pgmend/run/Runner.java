package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.catalog.Revision;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.RowRanges;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.RightsStep;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.SequenceStep;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Carries a plan out: stage, load, build, verify, cut over, settle. Until the cutover commits nothing that anyone uses has
/// changed, and a failure removes the staging; after it, undo takes it back.
public final class Runner {
  private final Session session;
  private final Archive archive;
  private final Plan plan;
  private final Progress progress;
  private final List<String> notes = new ArrayList<>();
  private final Statements statements;
  private final CutoverLocks locks;
  private final Claims claims;
  private final Map<QualifiedName, RowSet> loaded = new HashMap<>();

  /// How many rows the backup has of each table.
  private final Map<QualifiedName, Long> backup = new HashMap<>();

  private final Map<String, String> orphaned = new LinkedHashMap<>();
  private final List<Outcome.Change> changes = new ArrayList<>();
  private final Map<QualifiedName, Long> differences = new HashMap<>();
  private final List<String> skipped = new ArrayList<>();

  /// The columns of a table whose values became others as they were converted.
  private final Map<QualifiedName, List<String>> cast = new HashMap<>();

  /// The columns of a table that were given NULL.
  private final Map<QualifiedName, SequencedSet<String>> nulled = new HashMap<>();

  /// How many rows of each mended table differ.
  private final List<RowChange> counted = new ArrayList<>();

  /// How many rows came with those that refer to them.
  private final Map<QualifiedName, Long> brought = new LinkedHashMap<>();

  private boolean drifted;
  private final List<Proved> created = new ArrayList<>();
  private List<String> conflicts = List.of();
  private OwnRights rights;

  /// Inverses of what only the run itself could find to be done.
  private final List<UndoStep> foundUndo = new ArrayList<>();

  /// @param planned the revision of the tables that the plan was made for
  public Runner(Session session, Archive archive, Plan plan, Revision planned, Progress progress) {
    this.session = session;
    this.archive = archive;
    this.plan = plan;
    this.progress = progress;
    this.statements = new Statements(session, notes);
    this.locks = new CutoverLocks(session, statements, plan, planned);
    this.claims = new Claims(session);
    this.notes.addAll(plan.notices());
    this.rights = new OwnRights(session);
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
    claims.claim(plan.run(), CutoverLocks.names(plan));
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
      load();
      build();
      verify();
      proofs = proofs();
      if (nothingToDo()) {
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
            notes);
      }
      if (!progress.counted(List.copyOf(counted))) {
        throw new Declined();
      }
      locked = cutOver(journal, proofs);
    } catch (Commit.Unknown unknown) {
      throw unknown;
    } catch (PgmendException failure) {
      if (failure.kind() == Kind.CONNECTION) {
        throw lost(failure);
      }
      RuntimeException reported = withoutStaging(failure);
      if (failure.kind() == Kind.TARGET) {
        locks.checkRevision();
      }
      throw reported;
    } catch (RuntimeException failure) {
      throw withoutStaging(failure);
    }
    notes.addAll(conflicts);
    List<String> open = settle(journal);
    return new Outcome(
        open.isEmpty() ? Outcome.Status.DONE : Outcome.Status.UNSETTLED,
        plan.run(),
        proofs,
        changes,
        whole() && conflicts.isEmpty(),
        exceptions(),
        locked,
        open,
        notes);
  }

  /// {@return whether the tables were to be what the backup says, all of them}
  private boolean whole() {
    return !plan.request().policy().narrows() && skipped.isEmpty() && brought.isEmpty();
  }

  /// {@return what of the restored rows is not the backup's value, and why}
  private Map<QualifiedName, String> exceptions() {
    Map<QualifiedName, String> all = new HashMap<>();
    cast.forEach((table, columns) ->
        all.put(table, "%s as converted (--accept-casts)".formatted(names(columns))));
    nulled.forEach((table, columns) ->
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
          Journal.create(session, plan.home(), plan.schemas(), tables, modes, archive.name());
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
      if (step instanceof LoadStep.LoadAside aside) {
        loadAndCompare(loader, aside.load());
      } else if (step instanceof LoadStep.LoadLargeObjects objects) {
        largeObjects(objects);
      } else if (step instanceof LoadStep.Convert convert) {
        convert(loader, convert);
      } else if (step instanceof LoadStep.Load load) {
        if (load.unless().isPresent() && !archive.replaces()) {
          loadUnknown(loader, load);
        } else {
          RowSet sent = send(loader, load);
          loaded.put(load.table(), sent);
          backup.put(load.table(), sent.count());
        }
      } else {
        session.execute(step.sql());
      }
    }
  }

  /// What was sent can be told from what is there only while it is the backup's text: what is proved later are the values of today's
  /// types, and that they are the backup's is the conversion's to prove.
  private void convert(Loader loader, LoadStep.Convert step) {
    LoadStep.Load load =
        plan.load().stream()
            .filter(LoadStep.Load.class::isInstance)
            .map(LoadStep.Load.class::cast)
            .filter(one -> one.into().equals(step.staged()))
            .findFirst()
            .orElseThrow();
    compare(loader, load, Objects.requireNonNull(loaded.get(load.table())), staged(load));
    String lost = new Conversion(session, step).run();
    notes.add(
        lost.isEmpty()
            ? "%s: every converted value is the backup's when it is converted back"
                .formatted(step.table())
            : lost);
    if (!lost.isEmpty()) {
      cast.put(
          step.table(), step.retyped().stream().map(LoadStep.Convert.Retyped::column).toList());
    }
    loaded.put(load.table(), staged(load));
  }

  private void largeObjects(LoadStep.LoadLargeObjects objects) {
    statements.alone(
        objects.title(),
        () -> {
          new LargeObjectReturn(session).load(objects, archive, notes);
          return true;
        });
  }

  private RowSet send(Loader loader, LoadStep.Load load) {
    return statements.alone(load.title(), () -> loader.load(load, progress::loaded));
  }

  private void loadAndCompare(Loader loader, LoadStep.Load load) {
    RowSet sent = send(loader, load);
    compare(loader, load, sent, staged(load));
  }

  /// Which rows were staged cannot be found out again later: what was sent is compared at once.
  private void loadUnknown(Loader loader, LoadStep.Load load) {
    Loader.Part part =
        statements.alone(load.title(), () -> loader.loadUnknown(load, progress::loaded, notes));
    RowSet staged = staged(load);
    RowRanges rows = part.staged();
    if (rows == null || rows.isComplete() || part.sent().matches(staged)) {
      compare(loader, load, part.sent(), staged, rows);
      loaded.put(load.table(), staged);
    } else {
      session.execute("TRUNCATE " + load.into().sql());
      loaded.put(load.table(), send(loader, load));
    }
    backup.put(load.table(), part.rows());
    progress.note(
        "%s: %d of the backup's %d rows were staged; the others are there"
            .formatted(load.table(), staged.count(), part.rows()));
  }

  private RowSet staged(LoadStep.Load load) {
    return new TableReader(session).read(load.into(), load.columns(), isPartitioned(load.into()));
  }

  private boolean isPartitioned(QualifiedName staged) {
    return statements.flag(
        "SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
            .formatted(dev.pgmend.sql.Sql.literal(staged.sql())));
  }

  private void compare(Loader loader, LoadStep.Load load, RowSet sent, RowSet read) {
    compare(loader, load, sent, read, null);
  }

  private void compare(
      Loader loader, LoadStep.Load load, RowSet sent, RowSet read, @Nullable RowRanges rows) {
    if (sent.matches(read)) {
      return;
    }
    if (sent.count() == read.count() && !load.verbatim()) {
      RowSet canonical = loader.canonical(load, plan.home().table("canonical"), rows);
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
    Map<String, String> orphans = new LinkedHashMap<>();
    Map<String, String> clashes = new LinkedHashMap<>();
    for (Step step : plan.verify()) {
      progress.step(step);
      switch (step) {
        case CheckStep.CountOrphans count ->
            borrowing(
                () -> new OrphanCount(session, statements, notes).count(count, orphans, orphaned));
        case CheckStep.CountClashes count ->
            borrowing(() -> new ClashCount(session, statements, notes).count(count, clashes));
        case CheckStep.Probe probe -> new WriteProbe(session, notes).run(probe);
        case CheckStep.CompareStructure compare -> structure(compare);
        case MendStep.Compare compare -> compare(compare);
        case CheckStep.CountFallen count ->
            new FallenCount(session, statements, progress)
                .count(count, archive, this::lend)
                .ifPresent(notes::add);
        case CheckStep.CountMisplaced count -> misplaced(count);
        case LoadStep.LoadLargeObjects objects -> largeObjects(objects);
        default -> throw new IllegalStateException("not a step of verification: " + step);
      }
    }
    refuse("rows would break foreign keys", orphans);
    refuse("unique values are taken", clashes);
  }

  /// Looks at all tables as they are at one moment. Nobody is kept from writing, unless row security has to be lifted to read.
  private void compare(MendStep.Compare step) {
    differences.clear();
    List<Mender> menders = Mending.steps(plan.cutover()).stream().map(this::mender).toList();
    menders.forEach(Mender::tellApart);
    new LockRetry(session, plan.request().maxBlock(), plan.modes().keySet(), progress)
        .run(timeout -> {
          session.begin();
          try {
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            statements.lockTimeout(timeout);
            rights = new OwnRights(session);
            rights.lend(plan.lent());
            step.quiet().forEach(session::execute);
            for (Mender mender : menders) {
              mender.comparison().forEach(sql -> statements.inTransaction(step.title(), sql));
            }
            skipped.clear();
            nulled.clear();
            brought.clear();
            bring(step.brings());
            settle(step.settled());
            menders.forEach(Mender::count);
            step.loud().forEach(session::execute);
            rights.takeBack();
            closeToOthers();
            session.commit();
          } catch (RuntimeException failure) {
            session.rollback();
            throw failure;
          }
          return true;
        });
    notes.addAll(skipped);
    brought.forEach((table, rows) ->
        notes.add(
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
        notes.removeIf(note -> note.startsWith(MendStep.Mend.unasked(mender.step().table())));
      } else {
        counted.add(mender.found());
        progress.note(mender.found().toString());
      }
    }
    skipped.forEach(progress::note);
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
  private boolean idle(MendStep.Mend mend) {
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

  private void misplaced(CheckStep.CountMisplaced step) {
    if (!step.enums().isEmpty() && statements.number(step.countOtherEnums()) > 0) {
      throw misplaced(
          "the rows of %s in the backup do not belong in that partition of %s, or not they alone: it is partitioned by the hash of an enum (%s), which is another one in this database"
              .formatted(
                  step.table(),
                  step.parent(),
                  step.enums().keySet().stream()
                      .map(QualifiedName::sql)
                      .collect(Collectors.joining(", "))),
          step.parent().sql());
    }
    String condition =
        step.condition().isEmpty()
            ? session.queryText(step.constraint(), row -> row.text("condition")).getFirst()
            : step.condition();
    long rows = statements.number(step.sql(condition));
    if (rows > 0) {
      throw misplaced(
          "%d rows of %s in the backup do not belong in that partition (%s) of %s today; its bounds have changed"
              .formatted(rows, step.table(), step.bound(), step.parent()),
          step.parent().sql());
    }
  }

  private static PgmendException misplaced(String what, String parent) {
    return new PgmendException(
        Kind.REFUSED,
        what + "; the target is unchanged",
        "Restore the partitioned table as a whole: pgmend restore '%s' --mode swap …"
            .formatted(parent));
  }

  private void structure(CheckStep.CompareStructure step) {
    List<String> differences = new ArrayList<>(step.known());
    new StructureCheck(session, notes)
        .differences(step, plan.lent())
        .forEach(difference -> differences.add(difference.toString()));
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
      lend();
      action.run();
    } finally {
      session.rollback();
    }
  }

  private void lend() {
    rights = new OwnRights(session);
    rights.lend(plan.lent());
  }

  private static void refuse(String what, Map<String, String> found) {
    if (!found.isEmpty()) {
      throw new PgmendException(
          Kind.REFUSED,
          "%s: %s; the target is unchanged".formatted(what, String.join("; ", found.keySet())),
          found.values().stream().distinct().collect(Collectors.joining(" ")));
    }
  }

  /// Reads every restored table back once more where later steps could have touched it, and keeps the figures.
  /// Reads the staged rows back once, as late as nothing has changed yet: unlogged ones may have gone with a crash of the server.
  private List<Proved> proofs() {
    List<Proved> proofs = new ArrayList<>();
    Loader loader = new Loader(session, archive);
    List<QualifiedName> idle =
        Mending.steps(plan.cutover()).stream()
            .filter(this::idle)
            .map(MendStep.Mend::staged)
            .toList();
    for (Step step : plan.load()) {
      if (step instanceof LoadStep.Load load && !idle.contains(load.into())) {
        RowSet staged = staged(load);
        compare(loader, load, Objects.requireNonNull(loaded.get(load.table())), staged);
        loaded.put(load.table(), staged);
        proofs.add(
            new Proved(
                plan.request().renamed(load.table()),
                load.columns(),
                isPartitioned(load.into()),
                staged.count(),
                staged.hash()));
      }
    }
    return proofs;
  }

  private boolean nothingToDo() {
    boolean lost =
        Stream.concat(plan.load().stream(), plan.verify().stream())
                .anyMatch(LoadStep.LoadLargeObjects.class::isInstance)
            && plan.cutover().stream()
                .anyMatch(step ->
                    step instanceof FillStep.CreateLargeObjects objects
                        && new LargeObjectReturn(session).any(objects));
    if (!orphaned.isEmpty() || lost) {
      return false;
    }
    if (plan.modes().values().stream().allMatch(Mode.SWAP::equals)) {
      return !drifted && sameRows();
    }
    for (Step step : plan.cutover()) {
      switch (step) {
        case MendStep.Mend mend -> {
          if (differences.getOrDefault(mend.table(), 1L) > 0) {
            return false;
          }
        }
        case RightsStep.Lend _, RightsStep.TakeBack _, FillStep.CreateLargeObjects _ -> {}
        case SequenceStep.AdvanceSequence advance -> {
          boolean[] behind = {true};
          borrowing(() ->
              behind[0] =
                  new Sequences(session)
                      .behind(advance.sequence(), advance.last(), advance.called()));
          if (behind[0]) {
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
      if (step instanceof LoadStep.Load load) {
        RowSet staged = loaded.get(load.table());
        RowSet live = statements.readable(() -> live(load));
        if (staged == null || live == null || !live.matches(staged)) {
          return false;
        }
      }
    }
    return true;
  }

  private RowSet live(LoadStep.Load load) {
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
      created.clear();
      foundUndo.clear();
      session.begin();
      long start = System.nanoTime();
      try {
        locks.take(timeout);
        rights = new OwnRights(session);
        Mending mending = mending();
        boolean mended = Mending.steps(plan.cutover()).isEmpty();
        boolean rowsOnly = plan.cutover().stream().allMatch(Runner::changesRowsOnly);
        if (rowsOnly) {
          // Before any row is locked.
          new CutoverChecks(session, plan).run();
        }
        for (Step step : plan.cutover()) {
          progress.step(step);
          if (step instanceof MendStep.Mend && !mended) {
            changes.addAll(mending.run());
            conflicts = mending.conflicts();
            mended = true;
          } else {
            effect(step);
          }
        }
        // Objects that were missing came after the rows, and go before them.
        List<UndoStep> undo = new ArrayList<>();
        plan.undo().forEach(step -> undo.addAll(inverse(step)));
        undo.addAll(mending.undo());
        undo.addAll(foundUndo);
        if (!rowsOnly) {
          new CutoverChecks(session, plan).run();
        }
        dropStagedRows();
        closeToOthers();
        journal.steps("undo", undo);
        journal.steps("rows", mending.rows());
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
        if (new Commit(session, journal).to(RunState.CUT_OVER)) {
          reclaimed(
              "the connection was lost during the cutover's COMMIT, which the server had done");
        }
      } catch (PgmendException failure) {
        session.rollback();
        locks.learn(failure);
        throw ReplicaIdentity.explain(session, plan, failure);
      } catch (RuntimeException failure) {
        session.rollback();
        throw failure;
      }
      return Duration.ofNanos(System.nanoTime() - start);
    });
  }

  private static boolean changesRowsOnly(Step step) {
    return step instanceof MendStep.Mend
        || step instanceof RightsStep.Lend
        || step instanceof RightsStep.TakeBack
        || step instanceof SequenceStep.AdvanceSequence;
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
        session, statements, menders(), orphaned.keySet(), plan.request().maxBlock());
  }

  private List<Mender> menders() {
    return Mending.steps(plan.cutover()).stream()
        .filter(step -> !idle(step))
        .map(this::mender)
        .toList();
  }

  private Mender mender(MendStep.Mend step) {
    return new Mender(session, statements, step, backup.getOrDefault(step.table(), 0L));
  }

  private void effect(Step step) {
    switch (step) {
      case Step.Statement statement -> {
        try {
          statements.inTransaction(statement.title(), statement.sql());
        } catch (SqlFailure failure) {
          throw attaching(statement, failure);
        }
        if (statement.sql().contains("default_table")) {
          session.execute(
              "SET LOCAL default_tablespace = ''; SET LOCAL default_table_access_method = heap");
        }
      }
      case RightsStep.Lend lend -> rights.lend(lend.relations());
      case RightsStep.TakeBack _ -> rights.takeBack();
      case MendStep.Mend _ -> {
        // All mends were done together, with the first.
      }
      case LoadStep.Load load -> {
        Loader loader = new Loader(session, archive);
        RowSet before = staged(load);
        if (before.count() > 0) {
          throw new IllegalStateException("loaded twice: " + load.into());
        }
        RowSet sent =
            statements.inTransaction(load.title(), () -> loader.load(load, progress::loaded));
        RowSet there = staged(load);
        compare(loader, load, sent, there);
        created.add(
            new Proved(
                load.table(),
                load.columns(),
                isPartitioned(load.into()),
                there.count(),
                there.hash()));
      }
      case CheckStep.CountOrphans count -> {
        Map<String, String> orphans = new LinkedHashMap<>();
        new OrphanCount(session, statements, notes).count(count, orphans, orphaned);
        refuse("rows would break foreign keys", orphans);
      }
      case LoadStep.LoadLargeObjects load ->
          new LargeObjectReturn(session).load(load, archive, notes);
      case FillStep.CreateLargeObjects objects ->
          foundUndo.addAll(new LargeObjectReturn(session).create(objects, archive, notes));
      case FillStep.Refill refill -> refill(refill);
      case FillStep.Repoint repoint -> repoint(repoint);
      case SequenceStep.CarrySequence carry ->
          new Sequences(session).carry(carry.from(), carry.to());
      case SequenceStep.AdvanceSequence advance -> advance(advance);
      default -> throw new IllegalStateException("not a step of a cutover: " + step);
    }
  }

  private void refill(FillStep.Refill step) {
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

  /// A partition that no longer fits in is a matter of the plan, not of the server.
  private static RuntimeException attaching(Step.Statement step, SqlFailure failure) {
    boolean bounds =
        failure.sqlState().equals(SqlState.CHECK_VIOLATION)
            || failure.sqlState().equals(SqlState.INVALID_OBJECT_DEFINITION);
    return bounds && step.sql().contains(" ATTACH PARTITION ")
        ? misplaced(
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
      oids.forEach((old, fresh) -> {
        long rows = session.updateText(step.replace(old, fresh));
        back.add(UndoStep.sql(step.title(), step.replace(fresh, old)));
        notes.add(
            "%d values of column %s of %s named the table by its old OID and name the restored one"
                .formatted(rows, dev.pgmend.sql.Sql.quote(step.column()), step.holder()));
      });
      step.loud().forEach(sql -> back.add(UndoStep.sql(step.title(), sql)));
      foundUndo.addAll(back);
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
      foundUndo.add(
          new UndoStep(
              UndoStep.Kind.MOVE_SEQUENCE,
              "move sequence %s back".formatted(step.sequence()),
              step.sequence().sql(),
              "%d %s %d %s".formatted(step.last(), step.called(), before.last(), before.called())));
    }
  }

  private static List<UndoStep> inverse(Step step) {
    return switch (step) {
      case MendStep.Mend _, RightsStep.Lend _, RightsStep.TakeBack _ -> List.of();
      case SequenceStep.CarrySequence carry ->
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
        .forEach(mend ->
            session.execute(
                "DROP TABLE %s, %s, %s"
                    .formatted(mend.staged().sql(), mend.kept().sql(), mend.conflicts().sql())));
    for (Step step : plan.cutover()) {
      if (step instanceof FillStep.Refill refill) {
        session.execute("DROP TABLE " + refill.staged().sql());
      }
    }
  }

  private void reclaimed(String note) {
    notes.add(note);
    claims.claim(plan.run(), CutoverLocks.names(plan));
  }

  /// A lost connection does not leave a cutover behind, but a validation may have to be begun again.
  private List<String> settle(Journal journal) {
    try {
      try {
        return new Settler(session, progress).settle(journal, orphaned.keySet());
      } catch (PgmendException failure) {
        if (failure.kind() != Kind.CONNECTION) {
          throw failure;
        }
        session.reconnect();
        reclaimed("the connection was lost while foreign keys were validated, and made again");
        return new Settler(session, progress).settle(journal, orphaned.keySet());
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

  /// Default privileges may have given others rights on what was created.
  private void closeToOthers() {
    Journal.close(
        session,
        plan.home(),
        plan.schemas().stream().filter(schema -> !schema.contains("_old")).toList());
  }

  /// Removes the run's schemas after a failure.
  ///
  /// @return the failure to report, which says so where they could not be removed
  private RuntimeException withoutStaging(RuntimeException failure) {
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
}
