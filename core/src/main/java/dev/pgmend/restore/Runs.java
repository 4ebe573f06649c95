package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.catalog.AtWork;
import dev.pgmend.journal.Journal;
import dev.pgmend.journal.RunState;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.run.Cleaner;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RunLock;
import dev.pgmend.run.Settler;
import dev.pgmend.run.Undoer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

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
    for (String run : Journal.runs(session)) {
      runs.add(Journal.open(session, run).summary());
    }
    return runs;
  }

  /// {@return the sessions that are at work on these runs}
  public List<AtWork> atWork() {
    return AtWork.on(session, Journal.runs(session));
  }

  /// Stops what is being done; see [Session#interrupt].
  public void interrupt() {
    session.interrupt();
  }

  /// {@return the named run, or the latest one that is in one of the states and that nobody is at work on}
  /// @throws PgmendException of kind USAGE if there is none
  public Journal find(Optional<String> name, RunState... states) {
    if (name.isPresent()) {
      return Journal.open(session, name.get());
    }
    Set<String> busy = atWork().stream().map(AtWork::name).collect(Collectors.toSet());
    List<Journal.Summary> runs =
        list().stream()
            .filter(run -> List.of(states).contains(run.state()) && !busy.contains(run.run()))
            .toList();
    if (runs.isEmpty()) {
      throw new PgmendException(
          Kind.USAGE, "there is no such run in this database", "pgmend status lists the runs.");
    }
    return Journal.open(session, runs.getLast().run());
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
    try (RunLock _ = RunLock.take(session, journal.run(), List.of())) {
      return new Settler(session, progress).settle(journal);
    }
  }

  /// Takes a run back.
  ///
  /// @param discardNewer whether changes made since may be lost
  /// @return what is not as it was before
  public Undoer.Undone undo(
      Journal journal, boolean discardNewer, Duration maxBlock, Progress progress) {
    try (RunLock _ = RunLock.take(session, journal.run(), List.of())) {
      return new Undoer(session, progress).undo(journal, discardNewer, maxBlock);
    }
  }

  public void clean(Journal journal) {
    try (RunLock _ = RunLock.take(session, journal.run(), List.of())) {
      new Cleaner(session).clean(journal);
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
