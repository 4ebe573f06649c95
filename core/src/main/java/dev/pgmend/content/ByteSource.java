package dev.pgmend.content;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// Bytes that can be read at any position, by any thread.
public interface ByteSource extends Content {
  /// Reads some bytes, as [FileChannel#read(ByteBuffer, long)] does.
  /// @return how many, -1 at the end
  int read(ByteBuffer target, long position) throws IOException;

  long size();

  /// {@return what is in the file now; what is appended later is not part of it}
  static ByteSource of(FileChannel channel) throws IOException {
    return new FileSource(channel, channel.size());
  }

  static ByteSource of(byte[] bytes) {
    return new MemorySource(bytes);
  }

  /// {@return a part of these bytes as bytes of their own}
  /// @throws EOFException if it goes beyond the end
  default ByteSource slice(long offset, long length) throws IOException {
    if (offset < 0 || length < 0 || offset > size() - length) {
      throw new EOFException("it ends early");
    }
    return new Slice(this, offset, length);
  }

  /// {@return the same bytes at the same positions, for one reader that is about to read them in order from a position up to
  /// another} No more than these are fetched ahead.
  default ByteSource expecting(long from, long to) {
    return this;
  }

  @Override
  default InputStream open(long offset) throws IOException {
    if (offset > size()) {
      throw new EOFException("it ends early");
    }
    return new SourceInputStream(this, offset);
  }

  /// A file of fixed size.
  record FileSource(FileChannel channel, long size) implements ByteSource {
    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }
  }

  /// Bytes in memory.
  record MemorySource(byte[] bytes) implements ByteSource {
    @Override
    public int read(ByteBuffer target, long position) {
      int count = (int) Math.min(target.remaining(), bytes.length - position);
      if (count <= 0) {
        return -1;
      }
      target.put(bytes, (int) position, count);
      return count;
    }

    @Override
    public long size() {
      return bytes.length;
    }
  }

  /// A part of another source.
  record Slice(ByteSource whole, long offset, long size) implements ByteSource {
    @Override
    public boolean near() {
      return whole.near();
    }

    @Override
    public ByteSource expecting(long from, long to) {
      return new Slice(whole.expecting(offset + from, offset + to), offset, size);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      long left = size - position;
      if (left <= 0) {
        return -1;
      }
      if (left >= target.remaining()) {
        return whole.read(target, offset + position);
      }
      ByteBuffer part = target.slice(target.position(), (int) left);
      int count = whole.read(part, offset + position);
      target.position(target.position() + Math.max(0, count));
      return count;
    }
  }
}
