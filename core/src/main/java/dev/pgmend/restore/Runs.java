package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.journal.RunState;
import dev.pgmend.journal.UndoStep;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.run.Claims;
import dev.pgmend.run.Cleaner;
import dev.pgmend.run.Progress;
import dev.pgmend.run.Settler;
import dev.pgmend.run.Undoer;
import dev.pgmend.sql.RunHome;
import dev.pgmend.sql.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The runs that a database remembers: what they did, going on with them, taking them back, forgetting them.
public final class Runs implements AutoCloseable {
  private final Session session;

  private Runs(Session session) {
    this.session = session;
  }

  public static Runs open(ConnectionTarget target) {
    return new Runs(Session.open(target));
  }

  /// {@return every run that this role may see, oldest first}
  public List<Journal.Summary> list() {
    List<Journal.Summary> runs = new ArrayList<>();
    for (RunHome home : Journal.runs(session)) {
      runs.add(Journal.open(session, home.run()).summary());
    }
    runs.sort(Comparator.comparingLong(Journal.Summary::began).thenComparing(Journal.Summary::run));
    return runs;
  }

  /// {@return the named run, or the latest one that is in one of the states}
  /// @throws PgmendException of kind USAGE if there is none
  public Journal find(Optional<String> name, RunState... states) {
    if (name.isPresent()) {
      return Journal.open(session, name.get());
    }
    List<Journal.Summary> runs =
        list().stream().filter(run -> List.of(states).contains(run.state())).toList();
    if (runs.isEmpty()) {
      throw new PgmendException(
          Kind.USAGE, "there is no such run in this database", "pgmend status lists the runs.");
    }
    return Journal.open(session, runs.getLast().run());
  }

  /// {@return who works on a run at the moment, for people}
  public Optional<String> worker(Journal.Summary run) {
    return new Claims(session).worker(run.run());
  }

  /// {@return what a resume would validate}
  public List<String> pending(Journal.Summary run) {
    Journal journal = Journal.open(session, run.run());
    return switch (run.state()) {
      case CUT_OVER -> titles(journal.steps("settle"));
      case UNDONE -> titles(journal.steps("undo-settle"));
      case STAGED, DONE -> List.of();
    };
  }

  private static List<String> titles(List<UndoStep> steps) {
    return steps.stream().map(UndoStep::title).toList();
  }

  /// The journal holds SQL: whoever may write it could have it run with this session's rights.
  private static void trust(Journal journal) {
    journal.strangers().stream()
        .findFirst()
        .ifPresent(role -> {
          throw new PgmendException(
              Kind.REFUSED,
              "run %s belongs to role %s, which may have written anything into its journal; nothing was changed"
                  .formatted(journal.run(), Sql.quote(role)),
              "Connect as %s.".formatted(Sql.quote(role)));
        });
  }

  /// Does something with a run that nobody else may work on meanwhile.
  private <T> T alone(Journal journal, Supplier<T> action) {
    trust(journal);
    var claims = new Claims(session);
    claims.claim(journal.run(), journal.proofs().stream().map(Proved::table).toList());
    try {
      return action.get();
    } finally {
      claims.release();
    }
  }

  /// {@return the named run, or the latest one that has changed anything}
  /// @throws PgmendException of kind USAGE if there is none, or if that one is undone: an older one has to be named
  public Journal undoable(Optional<String> name) {
    Journal journal = find(name, RunState.CUT_OVER, RunState.DONE, RunState.UNDONE);
    if (name.isEmpty() && journal.summary().state() == RunState.UNDONE) {
      throw new PgmendException(
          Kind.USAGE,
          "the latest run, %s, is undone already; nothing was changed".formatted(journal.run()),
          list().stream()
              .filter(run -> run.state() == RunState.CUT_OVER || run.state() == RunState.DONE)
              .reduce((_, later) -> later)
              .map(run -> "pgmend undo %s takes the one before it back.".formatted(run.run()))
              .orElse("There is no older one to be undone."));
    }
    return journal;
  }

  /// Goes on where a run stopped.
  ///
  /// @return what is still open, with the reason
  public List<String> resume(Journal journal, Progress progress) {
    if (journal.summary().state() == RunState.STAGED) {
      throw new PgmendException(
          Kind.USAGE,
          "run %s stopped before its cutover; nothing has changed".formatted(journal.run()),
          "pgmend clean %s removes its staging; then run pgmend restore again."
              .formatted(journal.run()));
    }
    return alone(journal, () -> new Settler(session, progress).resume(journal));
  }

  /// Takes a run back.
  ///
  /// @param conflicts what to do about rows that someone has changed since
  /// @return what is not as it was before
  /// @throws PgmendException of kind REFUSED if a later run has touched the same rows and is not undone
  public Undoer.Undone undo(
      Journal journal, Conflicts conflicts, Duration maxBlock, Progress progress) {
    return alone(
        journal,
        () -> {
          new LaterRuns(session).check(journal, list());
          return new Undoer(session, progress).undo(journal, conflicts, maxBlock);
        });
  }

  /// As [#undo(Journal, Conflicts, Duration, Progress)].
  ///
  /// @param discardNewer whether changes made since may be lost; else they end the undo
  public Undoer.Undone undo(
      Journal journal, boolean discardNewer, Duration maxBlock, Progress progress) {
    return undo(journal, discardNewer ? Conflicts.TAKE_BACKUP : Conflicts.FAIL, maxBlock, progress);
  }

  public void clean(Journal journal) {
    alone(
        journal,
        () -> {
          new Cleaner(session).clean(journal);
          return true;
        });
  }

  /// Stops what is being done; see [Session#interrupt()]. May be called by any thread.
  public void interrupt() {
    session.interrupt();
  }

  @Override
  public void close() {
    session.close();
  }
}
