package dev.pgmend.cloud;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.content.ByteSource;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// The bytes of a remote object, or a part of them, fetched in ranges.
///
/// How much is fetched at once depends on how it is read. Whoever leaps gets little. Whoever reads on gets a quarter of what was
/// read in order before, so that no more than that is fetched in vain. Where the end is known ([#expecting]), long ranges are
/// fetched ahead, and never anything behind it. A range that breaks off is continued at the byte that it had reached.
public final class RangedSource implements ByteSource {
  private static final int SHORTEST = 64 << 10;
  private static final int AFTER_LEAP = 16 << 10;
  private static final int CERTAIN = 1 << 20;
  private static final int LONGEST = 8 << 20;

  private final RemoteObject object;
  private final Retry retry;
  private final long base;
  private final long size;

  /// Where the reader is known to stop, as a position in the object; -1 if it is not.
  private final long stop;

  private Window window;
  private long readInOrder;
  private @Nullable Ahead ahead;

  public RangedSource(RemoteObject object, Retry retry) {
    this(object, retry, 0, object.size(), -1, Window.NONE);
  }

  private RangedSource(
      RemoteObject object, Retry retry, long base, long size, long stop, Window window) {
    this.object = object;
    this.retry = retry;
    this.base = base;
    this.size = size;
    this.stop = stop;
    this.window = window;
  }

  /// Bytes that were fetched, never changed after that.
  private record Window(long start, byte[] bytes) {
    static final Window NONE = new Window(0, new byte[0]);

    boolean has(long at) {
      return at >= start && at < end();
    }

    long end() {
      return start + bytes.length;
    }
  }

  /// A window that is being fetched.
  private record Ahead(long start, CompletableFuture<Window> window) {}

  @Override
  public boolean near() {
    return false;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public ByteSource slice(long offset, long length) throws IOException {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new EOFException("it ends early");
    }
    return new RangedSource(object, retry, base + offset, length, -1, window());
  }

  @Override
  public ByteSource expecting(long from, long to) {
    return new RangedSource(object, retry, base, size, base + Math.clamp(to, 0, size), window());
  }

  /// A stream has windows of its own, for others may read elsewhere meanwhile.
  @Override
  public InputStream open(long offset) throws IOException {
    return new RangedSource(object, retry, base, size, stop, window()).stream(offset);
  }

  private InputStream stream(long offset) throws IOException {
    return ByteSource.super.open(offset);
  }

  @Override
  public byte[] head(int count) {
    ByteBuffer head = ByteBuffer.allocate((int) Math.min(count, size));
    while (head.hasRemaining()) {
      read(head, head.position());
    }
    return head.array();
  }

  @Override
  public synchronized int read(ByteBuffer target, long position) {
    if (position >= size) {
      return -1;
    }
    long at = base + position;
    if (!window.has(at)) {
      advance(at);
    }
    long there = Math.min(window.end(), base + size) - at;
    int count = (int) Math.min(target.remaining(), there);
    target.put(window.bytes(), (int) (at - window.start()), count);
    return count;
  }

  private synchronized Window window() {
    return window;
  }

  private void advance(long at) {
    // Skipping less than was fetched last is reading on.
    boolean onward = at >= window.end() && at - window.end() <= window.bytes().length;
    readInOrder = onward ? readInOrder + window.bytes().length : 0;
    boolean first = window.bytes().length == 0;
    Ahead fetched = ahead;
    ahead = null;
    window =
        fetched != null && fetched.start() == at
            ? join(fetched.window())
            : fetch(at, length(at, onward || first));
    long next = window.end();
    boolean more = at < stop ? next < stop : window.bytes().length == LONGEST;
    if (onward && more && next < base + size) {
      int length = length(next, true);
      var window = new CompletableFuture<Window>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              window.complete(fetch(next, length));
            } catch (RuntimeException | Error e) {
              window.completeExceptionally(e);
            }
          });
      ahead = new Ahead(next, window);
    }
  }

  private int length(long at, boolean onward) {
    long end = base + size;
    long length;
    if (at < stop) {
      end = stop;
      length = Math.clamp(readInOrder, CERTAIN, LONGEST);
    } else {
      length = onward ? Math.clamp(readInOrder / 4, SHORTEST, LONGEST) : AFTER_LEAP;
    }
    return (int) Math.min(length, end - at);
  }

  private static Window join(CompletableFuture<Window> window) {
    try {
      return window.get();
    } catch (ExecutionException | CompletionException e) {
      switch (e.getCause()) {
        case PgmendException known ->
            throw new PgmendException(
                known.kind(), String.valueOf(known.getMessage()), known.hint(), known);
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgmendException(Kind.INTERRUPTED, "interrupted", null, e);
    }
  }

  private Window fetch(long from, int length) {
    byte[] bytes = new byte[length];
    int done = 0;
    int failures = 0;
    while (done < length) {
      try (InputStream in = object.open(from + done, from + length)) {
        while (done < length) {
          int count = in.read(bytes, done, length - done);
          if (count < 0) {
            throw new EOFException("the connection was closed early");
          }
          done += count;
          failures = 0;
        }
      } catch (IOException e) {
        if (done < length) {
          retry.pause(object.name(), ++failures, e);
        }
      }
    }
    return new Window(from, bytes);
  }
}
