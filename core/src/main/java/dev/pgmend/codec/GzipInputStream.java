package dev.pgmend.codec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/// gzip files (RFC 1952), also several one after the other, and zeros after the last. The JDK's own
/// stream ends silently after the first file if its source cannot tell how much is available.
final class GzipInputStream extends InputStream {
  private static final int BUFFER_BYTES = 128 * 1024;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private final InputStream source;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final byte[] single = new byte[1];
  private int next;
  private int limit;
  private boolean inMember;
  private boolean first = true;
  private boolean finished;

  GzipInputStream(InputStream source) {
    this.source = source;
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
    while (!finished) {
      if (!inMember) {
        beginMember();
        continue;
      }
      if (inflater.needsInput()) {
        if (next == limit && !fill()) {
          throw new EOFException("gzip file is truncated");
        }
        inflater.setInput(buffer, next, limit - next);
        next = limit;
      }
      int count = inflate(bytes, offset, length);
      crc.update(bytes, offset, count);
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsDictionary()) {
        throw new ZipException("gzip file wants a preset dictionary");
      }
      if (count > 0) {
        return count;
      }
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    source.close();
  }

  private int inflate(byte[] bytes, int offset, int length) throws IOException {
    try {
      return inflater.inflate(bytes, offset, length);
    } catch (DataFormatException e) {
      throw new ZipException("gzip data is damaged: " + e.getMessage());
    }
  }

  private void beginMember() throws IOException {
    int value = nextOrEnd();
    while (!first && value == 0) {
      value = nextOrEnd();
    }
    if (value < 0 && !first) {
      finished = true;
      return;
    }
    if (value != 0x1f || take() != 0x8b || take() != 8) {
      throw new ZipException(first ? "not a gzip file" : "bytes after the end of the gzip file");
    }
    first = false;
    int flags = take();
    for (int i = 0; i < 6; i++) {
      take();
    }
    if ((flags & EXTRA) != 0) {
      for (int left = take() | take() << 8; left > 0; left--) {
        take();
      }
    }
    for (int field : new int[] {NAME, COMMENT}) {
      if ((flags & field) != 0) {
        while (take() != 0) {}
      }
    }
    if ((flags & HEADER_CRC) != 0) {
      take();
      take();
    }
    inflater.reset();
    crc.reset();
    inMember = true;
  }

  private void endMember() throws IOException {
    next = limit - inflater.getRemaining();
    long expected = take4();
    long size = take4();
    if (expected != crc.getValue() || size != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw new ZipException("gzip data has a wrong checksum");
    }
    inMember = false;
  }

  private long take4() throws IOException {
    return take() | take() << 8 | take() << 16 | (long) take() << 24;
  }

  private int take() throws IOException {
    int value = nextOrEnd();
    if (value < 0) {
      throw new EOFException("gzip file is truncated");
    }
    return value;
  }

  private int nextOrEnd() throws IOException {
    return next < limit || fill() ? buffer[next++] & 0xff : -1;
  }

  private boolean fill() throws IOException {
    next = 0;
    limit = Math.max(0, source.read(buffer, 0, buffer.length));
    return limit > 0;
  }
}
