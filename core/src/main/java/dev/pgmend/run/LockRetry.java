package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.catalog.Snapshot.Blocker;
import dev.pgmend.catalog.SnapshotReader;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/// Tries a transaction again when it could not get its locks. Each try waits a little longer; whoever queues behind pgmend never
/// waits longer than one try, and all tries together no longer than the time allowed.
final class LockRetry {
  private static final long FIRST_WAIT = 500;
  private static final long LONGEST_WAIT = 5_000;

  private final Session session;
  private final Duration allowed;
  private final Collection<QualifiedName> tables;
  private final Progress progress;

  LockRetry(
      Session session, Duration allowed, Collection<QualifiedName> tables, Progress progress) {
    this.session = session;
    this.allowed = allowed;
    this.tables = List.copyOf(tables);
    this.progress = progress;
  }

  /// One try; given the lock timeout in milliseconds.
  interface Attempt<T> {
    T run(long timeout);
  }

  <T> T run(Attempt<T> attempt) {
    long wait = FIRST_WAIT;
    long left = Math.max(allowed.toMillis(), 1);
    PgmendException first = null;
    while (true) {
      long timeout = Math.min(wait, left);
      long start = System.nanoTime();
      try {
        return attempt.run(timeout);
      } catch (PgmendException failure) {
        if (failure.kind() != Kind.LOCKED) {
          throw failure;
        }
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
      left -= Math.max((System.nanoTime() - start) / 1_000_000, 1);
      String who = blockers();
      if (left <= 0) {
        throw new PgmendException(
            Kind.LOCKED,
            "no lock on %s within %d ms%s; the target is unchanged"
                .formatted(names(), allowed.toMillis(), who.isEmpty() ? "" : "; held by " + who),
            "Try again when it is free, or allow more time with --max-block.",
            first);
      }
      progress.note(
          "waiting for a lock on %s%s".formatted(names(), who.isEmpty() ? "" : ", held by " + who));
      pause(Math.min(left, ThreadLocalRandom.current().nextLong(50, 300)));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  private String names() {
    return tables.stream()
        .map(QualifiedName::sql)
        .sorted()
        .limit(5)
        .collect(Collectors.joining(", "));
  }

  private String blockers() {
    return Blocker.names(SnapshotReader.blockers(session, tables));
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgmendException(
          Kind.LOCKED, "interrupted while waiting for a lock; the target is unchanged", null, e);
    }
  }
}
