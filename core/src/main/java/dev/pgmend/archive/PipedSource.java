package dev.pgmend.archive;

import dev.pgmend.content.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// What comes through a pipe, read once from its beginning and never further than is asked for. How much there will be is not known
/// before its end.
final class PipedSource implements ByteSource {
  private final InputStream in;
  private long position;
  private boolean ended;

  PipedSource(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(ByteBuffer target, long from) throws IOException {
    if (from != position) {
      throw new IOException("a pipe is read from its beginning only");
    }
    byte[] bytes = new byte[target.remaining()];
    int count = in.read(bytes);
    if (count < 0) {
      ended = true;
      return -1;
    }
    target.put(bytes, 0, count);
    position += count;
    return count;
  }

  @Override
  public long size() {
    return ended ? position : Long.MAX_VALUE;
  }
}
