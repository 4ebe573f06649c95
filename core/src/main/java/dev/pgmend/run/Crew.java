package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.Sql;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Further connections to the target, for what can be done at once before the cutover: each does one errand at a time. They are opened
/// when they are needed first; where the server gives fewer, fewer do the work. To be used by one thread.
final class Crew implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(20);

  private final Session session;
  private final String run;
  private final int jobs;
  private final List<Member> members = new ArrayList<>();
  private final Queue<Errand> waiting = new ArrayDeque<>();
  private int busy;
  private boolean full;
  private boolean closed;

  /// @param session the run's own session, which asks and waits
  /// @param jobs how many connections work at once; with one, it is the run's own
  Crew(Session session, String run, int jobs) {
    this.session = session;
    this.run = run;
    this.jobs = jobs;
  }

  /// Something that is done on one connection.
  static final class Errand {
    private final Consumer<Session> work;
    private @Nullable Throwable failure;
    private boolean done;

    private Errand(Consumer<Session> work) {
      this.work = work;
    }
  }

  private final class Member {
    private final Session own;
    private final Thread thread;

    Member(Session own, int number) {
      this.own = own;
      this.thread = Thread.ofPlatform().daemon().name("pgmend-job-" + number).start(this::work);
    }

    private void work() {
      Errand errand;
      while ((errand = take()) != null) {
        Throwable failure = null;
        try {
          errand.work.accept(own);
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        finished(errand, failure);
      }
    }
  }

  private synchronized @Nullable Errand take() {
    try {
      while (waiting.isEmpty() && !closed) {
        wait();
      }
      if (closed) {
        return null;
      }
      busy++;
      return waiting.remove();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  private synchronized void finished(Errand errand, @Nullable Throwable failure) {
    errand.failure = failure;
    errand.done = true;
    busy--;
    notifyAll();
  }

  /// {@return how many connections can work at once}
  int size() {
    return full ? Math.max(1, members.size()) : jobs;
  }

  /// {@return one of the further connections, null if there are not so many}
  ///
  /// @param number counted from 0; they do nothing at the moment
  @Nullable Session session(int number) {
    while (members.size() <= number && open()) {}
    return number < members.size() ? members.get(number).own : null;
  }

  private boolean open() {
    if (full || members.size() == jobs || jobs == 1) {
      return false;
    }
    try {
      Session another = session.another();
      another.execute("SET application_name = " + Sql.literal(run));
      members.add(new Member(another, members.size() + 1));
      return true;
    } catch (PgmendException failure) {
      // No more connections to be had: those that are there do the work.
      full = true;
      return false;
    }
  }

  /// Has something done as soon as a connection is free; where there is none but the run's own, at once.
  Errand send(Consumer<Session> work) {
    Errand errand = new Errand(work);
    boolean needed;
    synchronized (this) {
      needed = members.size() - busy <= waiting.size();
    }
    if (needed) {
      open();
    }
    if (members.isEmpty()) {
      work.accept(session);
      errand.done = true;
      return errand;
    }
    synchronized (this) {
      waiting.add(errand);
      notifyAll();
    }
    return errand;
  }

  /// Waits until an errand is done, and throws what it has thrown.
  void await(Errand errand) {
    synchronized (this) {
      try {
        while (!errand.done) {
          session.checkInterrupt();
          wait(PATIENCE.toMillis());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PgmendException(Kind.INTERRUPTED, "interrupted", null, e);
      }
    }
    switch (errand.failure) {
      case null -> {}
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }

  /// Stops what is being done and closes the connections: nothing of theirs is locked then.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      waiting.clear();
      notifyAll();
    }
    for (Member member : members) {
      try {
        while (!member.thread.join(PATIENCE)) {
          member.own.stop();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      member.own.close();
    }
    members.clear();
    full = true;
  }
}
