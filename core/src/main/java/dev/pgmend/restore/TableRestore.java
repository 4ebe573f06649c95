package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.catalog.NeedReader;
import dev.pgmend.catalog.Needs;
import dev.pgmend.catalog.Referring;
import dev.pgmend.catalog.Revision;
import dev.pgmend.catalog.SameDatabase;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.Blocker;
import dev.pgmend.catalog.SnapshotReader;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Ownership;
import dev.pgmend.load.Effort;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.NameCheck;
import dev.pgmend.plan.NeedCopies;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Planner;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.run.ConditionCheck;
import dev.pgmend.run.Gate;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RefreshRights;
import dev.pgmend.run.Rehearsal;
import dev.pgmend.run.RowChange;
import dev.pgmend.run.Runner;
import dev.pgmend.sql.QualifiedName;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/// A restore from an archive into a live database: archive → closure; target → snapshot; both and the request → plan; and the
/// plan carried out. Owns the connection to the target; the archive stays the caller's. Not thread-safe.
public final class TableRestore implements AutoCloseable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss", Locale.ROOT);

  private final Archive archive;
  private final Session session;
  private Effort effort = Effort.plain();

  /// What each plan was made for, by its run.
  private final Map<String, Revision> revisions = new HashMap<>();

  private TableRestore(Archive archive, Session session) {
    this.archive = archive;
    this.session = session;
  }

  /// Connects to the target.
  public static TableRestore open(Archive archive, ConnectionTarget target) {
    return new TableRestore(archive, Session.open(target));
  }

  /// Makes the plan. Reads the target, changes nothing.
  public Plan plan(Request request) {
    archive.checkWhole();
    if (request.mode().orElse(Mode.MEND) != Mode.BESIDE) {
      archive.live().ifPresent(live -> SameDatabase.refuse(session, live.mark()));
    }
    Ownership ownership = new Ownership(archive.toc());
    ClosureBuilder closures = new ClosureBuilder(archive.toc(), ownership);
    Closure closure = closures.of(request.tables());
    if (request.orphans() == Request.Orphans.WITH_PARENTS) {
      closure =
          closure.withParents(
              closures.of(new ForeignKeyGraph(archive.toc()).withParents(closure.tableNames())));
    }
    Set<QualifiedName> touched = new LinkedHashSet<>(closure.touched());
    if (request.orphans().reaches() && request.mode().orElse(Mode.MEND) == Mode.MEND) {
      touched.addAll(Referring.to(session, closure.tableNames()));
    }
    Plan plan = plan(request, closure, touched);
    // A table that is exchanged gets all its rows: what else hangs on other tables is none of its
    // business.
    return touched.size() > closure.tableNames().size() && plan.modes().containsValue(Mode.SWAP)
        ? plan(request, closure, closure.tableNames())
        : plan;
  }

  private Plan plan(Request request, Closure closure, Set<QualifiedName> touched) {
    String run = runName();
    // Before the snapshot: what happens between the two is then found out, if only once too often.
    revisions.put(run, Revision.read(session, touched.stream().map(request::renamed).toList()));
    Snapshot target = snapshot(closure, touched);
    Needs needs =
        NeedReader.read(
            session, run + "_needs", NeedCopies.of(archive.toc(), closure, run + "_needs"));
    Plan plan = Planner.plan(archive.toc(), closure, target.with(needs), request, run);
    if (plan.runnable()) {
      plan = plan.refusing(ConditionCheck.of(session, plan));
      plan = plan.refusing(RefreshRights.of(session, plan));
    }
    int dumped = Math.max(archive.header().serverMajor(), archive.header().dumpMajor());
    return plan.runnable() && dumped > target.server().major()
        ? plan.refusing(Rehearsal.of(session, plan))
        : plan;
  }

  private Snapshot snapshot(Closure closure, Set<QualifiedName> touched) {
    try {
      return SnapshotReader.read(session, touched, closure.mentioned(), NameCheck.wanted(closure));
    } catch (SqlFailure failure) {
      if (failure.kind() != Kind.LOCKED) {
        throw failure;
      }
      throw new PgmendException(
          Kind.LOCKED,
          "%s cannot even be looked at, for someone holds an exclusive lock: %s; the target is unchanged"
              .formatted(
                  closure.tableNames().stream()
                      .map(QualifiedName::sql)
                      .sorted()
                      .limit(5)
                      .collect(Collectors.joining(", ")),
                  Blocker.names(SnapshotReader.blockers(session, closure.tableNames()))),
          "Try again when it is free.",
          failure);
    }
  }

  /// Carries the plan out.
  ///
  /// @param plan one that this object has made
  /// @throws PgmendException of kind REFUSED if the plan has refusals; nothing was then touched
  public Outcome run(Plan plan, Progress progress) {
    return run(plan, progress, Gate.OPEN);
  }

  /// Says how what follows is to be done; one connection and everything proved, if nobody says.
  public TableRestore with(Effort chosen) {
    effort = chosen;
    return this;
  }

  /// Carries the plan out, if its gate lets it.
  ///
  /// @param plan one that this object has made
  /// @throws PgmendException of kind REFUSED if the plan has refusals; nothing was then touched
  public Outcome run(Plan plan, Progress progress, Gate gate) {
    return run(plan, effort, progress, gate);
  }

  private Outcome run(Plan plan, Effort effort, Progress progress, Gate gate) {
    if (!plan.runnable()) {
      throw new PgmendException(
          Kind.REFUSED,
          "the plan refuses: %s; the target is unchanged"
              .formatted(plan.refusals().getFirst().reason()),
          plan.refusals().getFirst().remedy());
    }
    Revision planned =
        Objects.requireNonNull(revisions.get(plan.run()), "the plan was made by another restore");
    return new Runner(session, archive, plan, planned, effort, progress, gate).run();
  }

  /// Counts the rows that a plan would change: all that [#run] does before its cutover is done, and what was staged is removed again.
  ///
  /// @return the rows of each table that is mended
  /// @throws PgmendException whatever [#run] would throw before its cutover
  public List<RowChange> count(Plan plan, Progress progress) {
    List<RowChange> found = new ArrayList<>();
    Progress counting =
        new Progress() {
          @Override
          public void phase(String name) {
            progress.phase(name);
          }

          @Override
          public void step(Step step) {
            progress.step(step);
          }

          @Override
          public void loaded(long bytes) {
            progress.loaded(bytes);
          }

          @Override
          public void note(String text) {
            progress.note(text);
          }

          @Override
          public boolean counted(List<RowChange> changes) {
            found.addAll(changes);
            return false;
          }
        };
    try {
      run(plan, counting);
    } catch (Runner.Declined counted) {
      return found;
    }
    // Nothing is to be done.
    return plan.modes().entrySet().stream()
        .filter(table -> table.getValue() == Mode.MEND)
        .map(table -> new RowChange(table.getKey(), 0, 0, 0))
        .toList();
  }

  /// Stops what is being done, from another thread; see [Session#interrupt].
  public void interrupt() {
    archive.interrupt();
    session.interrupt();
  }

  private static String runName() {
    byte[] random = new byte[2];
    ThreadLocalRandom.current().nextBytes(random);
    return "pgmend_%s_%s"
        .formatted(
            STAMP.format(Clock.systemUTC().instant().atZone(ZoneOffset.UTC)),
            HexFormat.of().formatHex(random));
  }

  @Override
  public void close() {
    session.close();
  }
}
