package dev.pgmend.load;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads a stream on a thread of its own, 4 MB ahead at most: rows are decompressed while others are on their way to the server.
/// Whatever reading throws is thrown to whoever reads this, at the same place.
final class ReadAhead extends InputStream {
  private static final int PIECE = 1 << 17;
  private static final int PIECES = 32;
  private static final long PATIENCE = 50;

  private final InputStream in;
  private final BlockingQueue<Piece> ready = new ArrayBlockingQueue<>(PIECES);
  private final BlockingQueue<byte[]> spare = new ArrayBlockingQueue<>(PIECES + 2);
  private final Thread reader;
  private volatile boolean closed;
  private @Nullable Piece piece;
  private int next;

  /// @param length how many bytes, -1 for the end
  private record Piece(byte[] bytes, int length, @Nullable Throwable failure) {}

  ReadAhead(InputStream in) {
    this.in = in;
    // Never interrupted: that would close the archive's file.
    this.reader = Thread.ofPlatform().daemon().name("pgmend-read-ahead").start(this::readOn);
  }

  private void readOn() {
    try {
      boolean more = true;
      while (more && !closed) {
        byte[] buffer = spare.poll();
        byte[] bytes = buffer == null ? new byte[PIECE] : buffer;
        int length = in.read(bytes);
        more = length >= 0;
        hand(new Piece(bytes, length, null));
      }
    } catch (IOException | RuntimeException | Error failure) {
      hand(new Piece(new byte[0], -1, failure));
    }
  }

  private void hand(Piece filled) {
    boolean taken = false;
    while (!taken && !closed) {
      try {
        taken = ready.offer(filled, PATIENCE, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return; // nobody but the end of the process does that
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (piece == null) {
      piece = take();
    }
    Piece current = piece;
    if (current.failure() != null) {
      throw rethrown(current.failure());
    }
    if (current.length() < 0) {
      return -1;
    }
    int count = Math.min(length, current.length() - next);
    System.arraycopy(current.bytes(), next, bytes, offset, count);
    next += count;
    if (next == current.length()) {
      spare.offer(current.bytes());
      piece = null;
      next = 0;
    }
    return count;
  }

  private Piece take() throws IOException {
    try {
      return ready.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while rows were read", e);
    }
  }

  private static IOException rethrown(Throwable failure) {
    return switch (failure) {
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      case IOException io -> io;
      default -> throw new IllegalStateException(failure);
    };
  }

  /// Waits for the reader, which may be waiting for the file.
  @Override
  public void close() throws IOException {
    closed = true;
    ready.clear();
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    in.close();
  }
}
