package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.BinaryRows;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LiveData;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.CopySink;
import dev.pgmend.postgres.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Copies the rows of a live source in binary: each of some threads reads a part of a table on a connection of its own, under the source's
/// one snapshot, and sends it on over another to the target. Nothing is put down in between; the slower side makes the other wait. To be
/// used by one thread.
final class LiveCopy {
  private static final byte[] TRAILER = {-1, -1};
  private static final int BUFFER = 1 << 18;
  private static final Duration PATIENCE = Duration.ofMillis(20);

  /// More parts than connections, so that none waits long for the last one.
  private static final int PARTS_EACH = 4;

  private final Session session;
  private final LiveData source;
  private final List<Entry> data;
  private final LoadStep.Load step;
  private final Rate rate;
  private final AtomicLong bytes = new AtomicLong();
  private final Queue<Long> writers = new ConcurrentLinkedQueue<>();
  private volatile @Nullable Throwable failure;
  private volatile boolean stopped;

  private record Part(Entry data, String condition) {}

  /// @param session the run's own
  /// @param data the table's, in the order in which they are loaded
  LiveCopy(Session session, LiveData source, List<Entry> data, LoadStep.Load step, Rate rate) {
    this.session = session;
    this.source = source;
    this.data = List.copyOf(data);
    this.step = step;
    this.rate = rate;
  }

  /// Copies in the current transaction of the run's own session.
  ///
  /// @param frozen whether the table was created or emptied in that transaction
  /// @return how many rows were read, each of which the server has taken
  long alone(boolean frozen, LongConsumer progress) {
    Queue<Part> parts = parts(1);
    String sql =
        step.sql() + session.copyOptions(frozen ? "FORMAT binary, FREEZE" : "FORMAT binary");
    long[] told = {0};
    Runnable often =
        () -> {
          session.checkInterrupt();
          told[0] = told(told[0], progress);
        };
    return copy(session, sql, parts, null, often);
  }

  /// {@return the transactions in which it was done over several sessions, once it is}
  Collection<Long> writers() {
    return writers;
  }

  /// Copies over several sessions at once, which commit what they have taken: whoever loads so has to be able to throw all of it away.
  ///
  /// @param sessions gives each by its number, counted from 0, and null if there are not so many; the first is there
  /// @return how many rows were read, each of which the server has taken
  long over(IntFunction<@Nullable Session> sessions, int most, LongConsumer progress) {
    Queue<Part> parts = parts(most * PARTS_EACH);
    List<Stream> streams = new ArrayList<>();
    long told = 0;
    try {
      // What those have left that found the source without a connection for them is read in a
      // second turn by one that has one.
      int useful = Math.min(most, parts.size());
      while (useful > 0) {
        List<Stream> turn = new ArrayList<>();
        for (int i = 0; i < useful; i++) {
          Session into = sessions.apply(i);
          if (into == null) {
            break;
          }
          Stream stream = new Stream(into, i, parts);
          turn.add(stream);
          streams.add(stream);
        }
        for (Stream stream : turn) {
          while (!stream.thread.join(PATIENCE)) {
            session.checkInterrupt();
            told = told(told, progress);
          }
        }
        useful = parts.isEmpty() || stopped ? 0 : 1;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgmendException(Kind.INTERRUPTED, "interrupted", null, e);
    } finally {
      end(streams);
    }
    told(told, progress);
    switch (failure) {
      case null -> {}
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    }
    return streams.stream().mapToLong(stream -> stream.rows).sum();
  }

  private long told(long before, LongConsumer progress) {
    long now = bytes.get();
    if (now > before) {
      progress.accept(now - before);
    }
    return now;
  }

  private Queue<Part> parts(int most) {
    Queue<Part> parts = new ConcurrentLinkedQueue<>();
    for (Entry entry : data) {
      (most == 1 ? List.of("") : source.parts(entry, most))
          .forEach(condition -> parts.add(new Part(entry, condition)));
    }
    return parts;
  }

  /// One connection at work.
  private final class Stream {
    private final Session into;
    private final boolean first;
    private final Queue<Part> parts;
    private final Thread thread;
    private long rows;

    Stream(Session into, int number, Queue<Part> parts) {
      this.into = into;
      this.first = number == 0;
      this.parts = parts;
      this.thread =
          Thread.ofPlatform().daemon().name("pgmend-live-" + (number + 1)).start(this::guarded);
    }

    private void guarded() {
      try {
        work();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }

    private void work() {
      try (BinaryRows begun = next(parts, !first)) {
        if (begun != null) {
          send(begun);
        }
      }
    }

    private void send(BinaryRows begun) {
      String sql = step.sql() + into.copyOptions("FORMAT binary");
      boolean done = false;
      into.begin();
      try {
        rows = copy(into, sql, parts, begun, LiveCopy.this::checkStopped);
        writers.add(into.transaction());
        done = !stopped;
      } finally {
        if (done) {
          into.commit();
        } else {
          into.rollback();
        }
      }
    }
  }

  private synchronized void failed(Throwable e) {
    Throwable known = failure;
    if (known == null) {
      failure = e;
    } else {
      known.addSuppressed(e);
    }
    stopped = true;
  }

  private void checkStopped() {
    if (stopped) {
      throw new PgmendException(Kind.INTERRUPTED, "another connection has failed");
    }
  }

  /// @param begun rows that are sent before those of the parts
  /// @param often asked after each buffer; throws if this is to end
  private long copy(
      Session into, String sql, Queue<Part> parts, @Nullable BinaryRows begun, Runnable often) {
    long rows = 0;
    try (CopySink sink = into.copyIn(sql)) {
      Buffer buffer = new Buffer(sink, often);
      buffer.add(BinaryRows.header());
      if (begun != null) {
        rows += send(begun, buffer);
      }
      BinaryRows more;
      while (!stopped && (more = next(parts, begun != null)) != null) {
        rows += send(more, buffer);
      }
      if (stopped) {
        return 0;
      }
      buffer.add(TRAILER);
      buffer.flush();
      long taken = sink.finish();
      if (taken != rows) {
        throw new PgmendException(
            Kind.MISMATCH,
            "the server took %d of %d rows of %s".formatted(taken, rows, step.table()));
      }
    }
    return rows;
  }

  /// {@return the next part's rows, null if there is none left}
  ///
  /// @param others whether it is left to others, and null, where the source gives no further connection for it
  private @Nullable BinaryRows next(Queue<Part> parts, boolean others) {
    Part part = parts.poll();
    if (part == null) {
      return null;
    }
    try {
      return source.binary(part.data(), part.condition());
    } catch (PgmendException e) {
      if (!others || e.kind() != Kind.CONNECTION) {
        throw e;
      }
      parts.add(part);
      return null;
    }
  }

  private long send(BinaryRows from, Buffer buffer) {
    long rows = 0;
    try (from) {
      byte[] row;
      while (!stopped && (row = from.next()) != null) {
        buffer.add(row);
        rows++;
      }
    }
    return rows;
  }

  /// A message for each row would be dear.
  private final class Buffer {
    private final CopySink sink;
    private final Runnable often;
    private final byte[] bytes = new byte[BUFFER];
    private int filled;

    Buffer(CopySink sink, Runnable often) {
      this.sink = sink;
      this.often = often;
    }

    void add(byte[] row) {
      if (row.length > bytes.length - filled) {
        flush();
      }
      if (row.length > bytes.length) {
        send(row, row.length);
      } else {
        System.arraycopy(row, 0, bytes, filled, row.length);
        filled += row.length;
      }
    }

    void flush() {
      send(bytes, filled);
      filled = 0;
    }

    private void send(byte[] from, int length) {
      rate.take(length, often);
      sink.write(from, 0, length);
      LiveCopy.this.bytes.addAndGet(length);
      often.run();
    }
  }

  /// Nobody works on when this returns.
  private void end(List<Stream> streams) {
    for (Stream stream : streams) {
      if (!stream.thread.isAlive()) {
        continue;
      }
      stopped = true;
      try {
        while (!stream.thread.join(PATIENCE)) {
          stream.into.cancel();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
