package dev.pgmend.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Delivers what is made of another stream piece by piece.
abstract class RefilledInputStream extends InputStream {
  protected final InputStream source;

  /// What was made and not yet delivered.
  protected ByteBuffer ready = ByteBuffer.allocate(0);

  RefilledInputStream(InputStream source) {
    this.source = source;
  }

  /// Makes the next piece of what is delivered, maybe an empty one.
  ///
  /// @return false if there was nothing left to make it of
  protected abstract boolean refill() throws IOException;

  @Override
  public final int read() throws IOException {
    return isReady() ? ready.get() & 0xff : -1;
  }

  @Override
  public final int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!isReady()) {
      return -1;
    }
    int count = Math.min(length, ready.remaining());
    ready.get(bytes, offset, count);
    return count;
  }

  @Override
  public final void close() throws IOException {
    source.close();
  }

  private boolean isReady() throws IOException {
    while (!ready.hasRemaining()) {
      if (!refill()) {
        return false;
      }
    }
    return true;
  }
}
