package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Entry;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.load.ArchiveSums;
import dev.pgmend.load.CanonicalRows;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.load.LoadedPart;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.RowRanges;
import dev.pgmend.load.RowSums;
import dev.pgmend.load.Scope;
import dev.pgmend.load.Scoping;
import dev.pgmend.load.TableReader;
import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Brings the rows of the backup into staging, and proves that they are there. Not thread-safe.
final class Loading {
  private final Work work;
  private final Session session;
  private final Plan plan;
  private final Loader loader;
  private final Crew crew;
  private final ReadBack back;
  private final Culprits culprits;
  private final Filling filling;
  private final Naming naming;

  private final Map<QualifiedName, RowSet> loaded = new HashMap<>();

  /// The tables of a live source that were compared with the target's.
  private final Map<QualifiedName, Scoping.Compared> compared = new HashMap<>();

  /// Where tables differ from a live source, if no other rows were staged.
  private final Map<QualifiedName, Scope> scopes = new HashMap<>();

  /// Which rows of the backup were staged, where it was not all of them.
  private final Map<QualifiedName, RowRanges> ranges = new HashMap<>();

  /// How many rows the backup has of each table.
  private final Map<QualifiedName, Long> backup = new HashMap<>();

  /// The columns of a table whose values became others as they were converted.
  private final Map<QualifiedName, List<String>> cast = new HashMap<>();

  Loading(Work work, Crew crew) {
    this.work = work;
    this.session = work.session;
    this.plan = work.plan;
    this.crew = crew;
    this.culprits = new Culprits(work);
    this.loader = new Loader(session, work.archive, work.effort, work.rate);
    this.back = new ReadBack(work, crew, loader);
    this.filling = new Filling(work, crew, loader);
    this.naming = new Naming(work);
  }

  /// Loads what the plan says, each table in a transaction of its own.
  void run() {
    for (Step step : plan.load()) {
      work.progress.step(step);
      if (step instanceof LoadStep.LoadAside aside) {
        loadAndCompare(aside.load());
      } else if (step instanceof LoadStep.LoadLargeObjects objects) {
        largeObjects(objects);
      } else if (step instanceof LoadStep.Convert convert) {
        convert(convert);
      } else if (step instanceof LoadStep.Load load) {
        try {
          load(load);
        } catch (SqlFailure failure) {
          throw unnamed(load, failure);
        }
      } else {
        session.execute(step.sql());
      }
    }
  }

  private void load(LoadStep.Load load) {
    Optional<Scope> scope = scope(load);
    if (scope.isPresent()) {
      loadDiffering(load, scope.get());
    } else if (load.unless().isPresent() && !work.archive.replaces()) {
      loadUnknown(load);
    } else if (naming.concerns(load)) {
      loadNamed(load);
    } else {
      RowSet sent = filling.fill(load, isPartitioned(load.into()));
      loaded.put(load.table(), sent);
      backup.put(load.table(), sent.count());
    }
  }

  /// Loads rows whose names are looked up again in the end.
  private void loadNamed(LoadStep.Load load) {
    LoadStep.Load aside = naming.aside(load);
    work.statements.alone("make a table for the names of " + load.table(), naming.create(load));
    RowSet sent = send(aside);
    RowSet text = staged(aside);
    compare(aside, sent, text);
    work.statements.alone(
        load.title(),
        () -> {
          naming.fill(load, text, isPartitioned(load.into()));
          return true;
        });
    loaded.put(load.table(), staged(load));
    backup.put(load.table(), sent.count());
  }

  /// A value of type regclass or its like can only be read where what it names is there.
  private PgmendException unnamed(LoadStep.Load load, SqlFailure failure) {
    return !SqlState.isUndefinedName(failure.sqlState()) || !naming.has(load)
        ? failure
        : new PgmendException(
            Kind.REFUSED,
            "a row of %s in the backup names what the target does not have: %s; the target is unchanged"
                .formatted(load.table(), failure.serverMessage()),
            "Restore that first, in a run of its own, or create something of that name.",
            failure);
  }

  /// Lets values name what has their names now.
  void rename(FillStep.Rename step) {
    naming.rename(step);
  }

  /// {@return the proof as it is once the cutover has looked names up again}
  Proved renamed(Proved proof) {
    return naming
        .origin(proof.table())
        .map(origin ->
            new Proved(proof.table(), proof.columns(), proof.partitioned(), proof.rows(), origin))
        .orElse(proof);
  }

  /// What was sent can be told from what is there only while it is the backup's text: what is proved later are the values of today's
  /// types, and that they are the backup's is the conversion's to prove.
  private void convert(LoadStep.Convert step) {
    LoadStep.Load load =
        plan.load().stream()
            .filter(LoadStep.Load.class::isInstance)
            .map(LoadStep.Load.class::cast)
            .filter(one -> one.into().equals(step.staged()))
            .findFirst()
            .orElseThrow();
    compare(load, Objects.requireNonNull(loaded.get(load.table())), staged(load));
    String lost = new Conversion(session, step).run();
    work.notes.add(
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

  /// Reads the large objects that the staged rows name.
  void largeObjects(LoadStep.LoadLargeObjects objects) {
    work.statements.alone(
        objects.title(),
        () -> {
          new LargeObjectReturn(session).load(objects, work.archive, work.notes);
          return true;
        });
  }

  /// Starts reading the staged rows back on other connections, if there are some. Nothing that follows changes them, and a crash of the
  /// server, which empties unlogged tables, ends the run. Not where tables are mended: which of them matter is found out later.
  void readBack() {
    if (crew.size() == 1 || plan.modes().containsValue(Mode.MEND)) {
      return;
    }
    for (Step step : plan.load()) {
      if (step instanceof LoadStep.Load load) {
        back.begin(load, isPartitioned(load.into()), filling.sums(load.into()));
      }
    }
  }

  /// {@return what was read back, or, of rows that are only counted, what tells whether they are changed later}
  /// @throws ProofFailure if a live source and the target do not say the same of them
  private RowSet proof(LoadStep.Load load) {
    boolean partitioned = isPartitioned(load.into());
    RowSums sums = filling.sums(load.into());
    if (sums == null || !work.effort.hashes()) {
      return back.rows(load, partitioned);
    }
    ReadBack.Both both = back.sums(load, partitioned, sums);
    if (!both.there().matches(both.here()) && sums instanceof ArchiveSums) {
      return spelled(load);
    }
    if (!both.there().matches(both.here())) {
      throw differing(
          load,
          "%s: the source has %s and %s are in staging"
              .formatted(load.table(), both.there(), both.here()),
          null,
          false);
    }
    sums.found(both.there());
    return sums.written(
        session, load.into(), partitioned, both.here(), loader.writers(load.into()));
  }

  /// Looks at rows of a backup once more where the sums are not the same: as text, which may be spelled otherwise than this server does it.
  ///
  /// @throws ProofFailure if they are not the same
  private RowSet spelled(LoadStep.Load load) {
    filling.forget(load.into());
    RowSet read = staged(load);
    List<Entry> data =
        load.entries().stream().map(id -> work.archive.toc().find(id).orElseThrow()).toList();
    RowSet sent = loader.digest(load.table(), data);
    compare(load, sent, read);
    return read;
  }

  private RowSet send(LoadStep.Load load) {
    return work.statements.alone(load.title(), () -> loader.load(load, work.progress::loaded));
  }

  private void loadAndCompare(LoadStep.Load load) {
    RowSet sent = send(load);
    compare(load, sent, staged(load));
  }

  /// {@return the part in which a live source and the table differ, if that can be told} If the table cannot be read for that, the
  /// comparison says so later.
  private Optional<Scope> scope(LoadStep.Load load) {
    Entry data =
        load.entries().size() == 1
            ? work.archive.toc().find(load.entries().getFirst()).orElse(null)
            : null;
    if (load.key().isEmpty() || data == null || work.archive.live().isEmpty()) {
      return Optional.empty();
    }
    Scoping.Compared both =
        new Scoping.Compared(
            load.table(), !isPartitioned(load.table()), data, load.columns(), load.key());
    compared.put(load.table(), both);
    try {
      return work.statements.alone(
          "compare checksums of " + load.table(),
          () -> {
            session.execute("SET LOCAL lock_timeout = '2s'");
            return new Scoping(session, work.archive).compare(both);
          });
    } catch (SqlFailure unreadable) {
      return Optional.empty();
    }
  }

  /// {@return the rows in which a live table differs now from its live source, of which only a part was staged}
  Optional<DifferingRows> culprits(QualifiedName table) {
    return Optional.ofNullable(compared.get(table)).flatMap(culprits::live);
  }

  private void loadDiffering(LoadStep.Load load, Scope scope) {
    loader.restrict(load.entries().getFirst(), scope);
    scopes.put(load.table(), scope);
    RowSet sent = send(load);
    loaded.put(load.table(), sent);
    backup.put(load.table(), scope.rows());
    work.progress.note(
        "%s: %s; %d of the source's %d rows were staged"
            .formatted(load.table(), scope.words(), sent.count(), scope.rows()));
  }

  /// {@return the part in which a table differed from a live source, if only that was read}
  Optional<Scope> scope(QualifiedName table) {
    return Optional.ofNullable(scopes.get(table));
  }

  /// Which rows were staged cannot be found out again later: what was sent is compared at once.
  private void loadUnknown(LoadStep.Load load) {
    LoadedPart part =
        work.statements.alone(
            load.title(), () -> loader.loadUnknown(load, work.progress::loaded, work.notes));
    RowSet staged = staged(load);
    RowRanges rows = part.staged();
    if (rows == null || rows.isComplete() || part.sent().matches(staged)) {
      compare(load, part.sent(), staged, rows, false);
      if (rows != null) {
        ranges.put(load.table(), rows);
      }
      loaded.put(load.table(), staged);
    } else {
      session.execute("TRUNCATE " + load.into().sql());
      loaded.put(load.table(), send(load));
    }
    backup.put(load.table(), part.rows());
    work.progress.note(
        "%s: %d of the backup's %d rows were staged; the others are there"
            .formatted(load.table(), staged.count(), part.rows()));
  }

  private RowSet staged(LoadStep.Load load) {
    return new TableReader(session, work.effort, work.rate)
        .read(load.into(), load.columns(), isPartitioned(load.into()));
  }

  private boolean isPartitioned(QualifiedName staged) {
    return work.statements.flag(
        "SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
            .formatted(Sql.literal(staged.sql())));
  }

  private void compare(LoadStep.Load load, RowSet sent, RowSet read) {
    compare(load, sent, read, null, false);
  }

  /// @param held whether this is in the cutover's transaction
  private void compare(
      LoadStep.Load load, RowSet sent, RowSet read, @Nullable RowRanges rows, boolean held) {
    if (sent.matches(read)) {
      return;
    }
    if (sent.count() == read.count() && !load.verbatim()) {
      RowSet canonical =
          new CanonicalRows(session, loader).read(load, plan.home().table("canonical"), rows);
      if (canonical.matches(read)) {
        work.notes.add(
            "%s: the backup spells some values otherwise than this server; compared after the server's own conversion"
                .formatted(load.table()));
        return;
      }
    }
    throw differing(
        load,
        "%s: %d rows with hash %s were sent and %d rows with hash %s are in staging"
            .formatted(load.table(), sent.count(), sent.hash(), read.count(), read.hash()),
        rows,
        held);
  }

  /// {@return the failure of a proof, with the staged rows that differ}
  private ProofFailure differing(
      LoadStep.Load load, String what, @Nullable RowRanges rows, boolean held) {
    return Culprits.failure(
        what,
        "Something has changed them on their way or in staging: another session, an event trigger, memory or a disk. Run it again; do not trust what fails so twice.",
        () ->
            culprits.staged(
                load,
                isPartitioned(load.into()),
                loader,
                scopes.containsKey(load.table()),
                rows,
                held));
  }

  /// Reads the staged rows back once, as late as nothing has changed yet: unlogged ones may have gone with a crash of the server.
  ///
  /// Of a table of which only the chunks that differ were staged, count and hash are those of the whole source, which both servers
  /// have made.
  ///
  /// @param idle staged tables that nothing is taken from
  List<Proved> proofs(List<QualifiedName> idle) {
    List<Proved> proofs = new ArrayList<>();
    for (Step step : plan.load()) {
      if (step instanceof LoadStep.Load load && !idle.contains(load.into())) {
        RowSet staged = proof(load);
        compare(
            load,
            Objects.requireNonNull(loaded.get(load.table())),
            staged,
            ranges.get(load.table()),
            false);
        loaded.put(load.table(), staged);
        proofs.add(
            new Proved(
                plan.request().renamed(load.table()),
                load.columns(),
                isPartitioned(load.into()),
                scope(load.table()).map(Scope::rows).orElse(staged.count()),
                scope(load.table())
                    .map(scope -> "%016x".formatted(scope.sum()))
                    .orElseGet(() -> naming.hash(load.table()).orElse(staged.hash()))));
      }
    }
    return proofs;
  }

  /// {@return whether the tables to be exchanged hold the backup's rows already}
  boolean sameRows() {
    if (!work.effort.hashes()) {
      return false;
    }
    for (Step step : plan.load()) {
      if (step instanceof LoadStep.Load load) {
        RowSums sums = filling.sums(load.into());
        if (sums != null) {
          if (!same(load, sums)) {
            return false;
          }
          continue;
        }
        RowSet staged = loaded.get(load.table());
        RowSet live = work.statements.readable(() -> live(load));
        if (staged == null || live == null || !live.matches(staged)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean same(LoadStep.Load load, RowSums sums) {
    List<RowSums.Sum> live = new ArrayList<>();
    work.statements.readable(() -> {
      work.borrowing(() -> {
        if (sums.fits(session, load.table())) {
          live.add(sums.here(session, load.table(), isPartitioned(load.into()), "", List.of()));
        }
      });
      return true;
    });
    return live.size() == 1 && sums.found().filter(live.getFirst()::matches).isPresent();
  }

  private RowSet live(LoadStep.Load load) {
    List<RowSet> rows = new ArrayList<>();
    work.borrowing(() ->
        rows.add(
            new TableReader(session, work.effort, work.rate)
                .read(load.table(), load.columns(), isPartitioned(load.into()))));
    return rows.getFirst();
  }

  /// Loads rows into a table that is made in the cutover.
  void inPlace(LoadStep.Load load) {
    RowSet before = staged(load);
    if (before.count() > 0) {
      throw new IllegalStateException("loaded twice: " + load.into());
    }
    LoadStep.Load into = load;
    if (naming.concerns(load)) {
      session.execute(naming.create(load));
      into = naming.aside(load);
    }
    LoadStep.Load first = into;
    RowSet sent =
        work.statements.inTransaction(
            load.title(), () -> loader.load(first, work.progress::loaded));
    RowSet staged = staged(first);
    compare(first, sent, staged, null, true);
    if (!first.equals(load)) {
      naming.fill(load, staged, isPartitioned(load.into()));
    }
  }

  /// {@return how many rows the backup has of a table}
  long backup(QualifiedName table) {
    return backup.getOrDefault(table, 0L);
  }

  /// {@return the columns of each table whose values became others as they were converted}
  Map<QualifiedName, List<String>> cast() {
    return cast;
  }
}
