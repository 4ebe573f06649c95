package dev.pgmend.cloud.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// A stream that does not wait forever: java.net.http knows no time limit for a body. A thread of its own closes the stream when
/// one read takes too long.
final class GuardedInputStream extends FilterInputStream {
  private final long silenceNanos;
  private volatile long waitingSince;
  private volatile boolean waiting;
  private volatile boolean silent;
  private volatile boolean closed;
  private final Thread guard;

  GuardedInputStream(InputStream in, Duration silence) {
    super(in);
    this.silenceNanos = silence.toNanos();
    this.guard = Thread.ofVirtual().start(this::watch);
  }

  private void watch() {
    try {
      while (!closed) {
        Thread.sleep(Duration.ofNanos(silenceNanos / 4));
        if (waiting && System.nanoTime() - waitingSince > silenceNanos) {
          silent = true;
          in.close();
          return;
        }
      }
    } catch (InterruptedException | IOException _) {
      // Closed; or closing failed, and so does the read.
    }
  }

  @Override
  public int read() throws IOException {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    waitingSince = System.nanoTime();
    waiting = true;
    try {
      int count = super.read(bytes, offset, length);
      if (silent) {
        throw new IOException("the server fell silent");
      }
      return count;
    } catch (IOException e) {
      throw silent ? new IOException("the server fell silent", e) : e;
    } finally {
      waiting = false;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    guard.interrupt();
    super.close();
  }
}
