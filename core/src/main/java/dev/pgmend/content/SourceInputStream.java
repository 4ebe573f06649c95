package dev.pgmend.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// A [ByteSource] read from one position on. Does not buffer.
final class SourceInputStream extends InputStream {
  private final ByteSource source;
  private final byte[] single = new byte[1];
  private long position;

  SourceInputStream(ByteSource source, long position) {
    this.source = source;
    this.position = position;
  }

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = source.read(ByteBuffer.wrap(bytes, offset, length), position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.clamp(count, 0, source.size() - position);
    position += skipped;
    return skipped;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, source.size() - position);
  }
}
