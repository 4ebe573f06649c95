package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.CopySink;
import dev.pgmend.postgres.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Sends COPY text over several connections at once, each with a COPY and a transaction of its own, cut between rows. Rows are hashed,
/// and encoded where they go in binary, on the threads that send them. What waits to be sent is bounded: whoever writes faster than the server takes has to wait. To be
/// used by one thread.
///
/// What was committed on one connection stays if another one fails: whoever loads so has to be able to throw all of it away.
final class ParallelCopy implements AutoCloseable {
  private static final int CHUNK = 1 << 18;
  private static final long PATIENCE = 20;

  /// A further connection is worth its COPY if there is that much for each of those that are at work.
  private static final long WORTH = 4L << 20;

  private final String sql;
  private final IntFunction<@Nullable Session> sessions;
  private final RowSender.Form form;
  private final Runnable stop;
  private final List<Stream> streams = new ArrayList<>();
  private final BlockingQueue<byte[]> spare;
  private int most;
  private int buffers;
  private byte[] filling;
  private int filled;
  private long sent;

  /// The stream that has the beginning of a row whose end has not come yet.
  private @Nullable Stream unfinished;

  private volatile @Nullable Throwable failure;
  private volatile boolean stopped;

  private record Piece(byte[] bytes, int length) {}

  private static final Piece END = new Piece(new byte[0], -1);

  /// @param sessions gives each by its number, counted from 0, and null if there are not so many; the first is there
  /// @param stop asked whenever this waits; throws if it is to end
  ParallelCopy(
      String sql,
      IntFunction<@Nullable Session> sessions,
      int most,
      RowSender.Form form,
      Runnable stop) {
    this.sql = sql;
    this.sessions = sessions;
    this.most = most;
    this.form = form;
    this.stop = stop;
    this.spare = new ArrayBlockingQueue<>(3 * most + 2);
    this.filling = buffer();
  }

  /// One connection at work.
  private final class Stream {
    private final Session session;
    private final BlockingQueue<Piece> pieces = new ArrayBlockingQueue<>(2);
    private @Nullable RowSender sender;
    private final Thread thread;
    private long taken;
    private long writer;

    Stream(Session session, int number) {
      this.session = session;
      this.thread =
          Thread.ofPlatform().daemon().name("pgmend-copy-" + number).start(this::copyGuarded);
    }

    private void copyGuarded() {
      try {
        copy();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }

    private void copy() {
      session.begin();
      boolean done = false;
      try (CopySink sink = session.copyIn(sql)) {
        RowSender rows = form.to(sink);
        @Nullable Piece piece;
        while ((piece = next()) != null && piece.length() >= 0) {
          rows.update(piece.bytes(), 0, piece.length());
          spare.offer(piece.bytes());
        }
        if (piece != null) {
          taken = rows.finish();
          writer = session.transaction();
          sender = rows;
          done = true;
        }
      } finally {
        if (done) {
          session.commit();
        } else {
          session.rollback();
        }
      }
    }

    /// {@return what to send next, null if nothing is to be sent any more}
    private @Nullable Piece next() {
      try {
        Piece piece = null;
        while (piece == null && !stopped) {
          piece = pieces.poll(PATIENCE, TimeUnit.MILLISECONDS);
        }
        return piece;
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      }
    }
  }

  private synchronized void failed(Throwable e) {
    Throwable first = failure;
    if (first == null) {
      failure = e;
    } else {
      first.addSuppressed(e);
    }
    stopped = true;
  }

  /// Takes the next bytes.
  void write(byte[] bytes, int length) {
    int from = 0;
    while (from < length) {
      int part = Math.min(length - from, CHUNK - filled);
      System.arraycopy(bytes, from, filling, filled, part);
      filled += part;
      from += part;
      if (filled == CHUNK) {
        hand(false);
      }
    }
  }

  /// Hands the rows on that are complete, or, of a row that is longer than the buffer, what there is of it.
  private void hand(boolean last) {
    int end = filled;
    if (!last) {
      while (end > 0 && filling[end - 1] != '\n') {
        end--;
      }
    }
    Stream to = unfinished == null ? next() : unfinished;
    boolean cut = end == 0;
    int length = cut ? filled : end;
    byte[] full = filling;
    filling = buffer();
    filled -= length;
    System.arraycopy(full, length, filling, 0, filled);
    sent += length;
    put(to, new Piece(full, length));
    unfinished = cut ? to : null;
  }

  /// {@return the stream that has the least to do}
  private Stream next() {
    Stream idlest = null;
    for (Stream stream : streams) {
      if (idlest == null || stream.pieces.size() < idlest.pieces.size()) {
        idlest = stream;
      }
    }
    if (idlest == null
        || !idlest.pieces.isEmpty() && streams.size() < most && sent > streams.size() * WORTH) {
      Session session = sessions.apply(streams.size());
      if (session == null) {
        most = streams.size();
        return Objects.requireNonNull(idlest, "the first session is there");
      }
      idlest = new Stream(session, streams.size() + 1);
      streams.add(idlest);
    }
    return idlest;
  }

  private void put(Stream stream, Piece piece) {
    try {
      do {
        check();
      } while (!stream.pieces.offer(piece, PATIENCE, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private byte[] buffer() {
    byte[] free = spare.poll();
    if (free == null && buffers < 3 * most + 2) {
      buffers++;
      return new byte[CHUNK];
    }
    try {
      while (free == null) {
        check();
        free = spare.poll(PATIENCE, TimeUnit.MILLISECONDS);
      }
      return free;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static PgmendException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new PgmendException(Kind.INTERRUPTED, "interrupted", null, e);
  }

  private void check() {
    stop.run();
    switch (failure) {
      case null -> {}
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }

  /// Ends all COPYs, commits them, and adds what was sent to a digest.
  ///
  /// @return how many rows the server says it has taken
  long finish(RowDigest digest) {
    if (filled > 0 || streams.isEmpty()) {
      hand(true);
    }
    streams.forEach(stream -> put(stream, END));
    long taken = 0;
    for (Stream stream : streams) {
      await(stream);
      if (stream.sender != null) {
        stream.sender.addTo(digest);
      }
      taken += stream.taken;
    }
    check();
    return taken;
  }

  /// {@return the transactions in which it was done, once it is}
  List<Long> writers() {
    return streams.stream().map(stream -> stream.writer).toList();
  }

  private void await(Stream stream) {
    try {
      while (!stream.thread.join(java.time.Duration.ofMillis(PATIENCE))) {
        check();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /// Ends what is still at work; its rows are not there then.
  @Override
  public void close() {
    stopped = true;
    for (Stream stream : streams) {
      try {
        while (!stream.thread.join(java.time.Duration.ofMillis(PATIENCE))) {
          stream.session.cancel();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
