package dev.pgmend.codec;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.ZipException;

/// gzip files (RFC 1952), also several one after the other, and zeros after the last. The JDK's own
/// stream ends silently after the first file if its source cannot tell how much is available.
final class GzipInputStream extends DeflateInputStream {
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private boolean first = true;

  GzipInputStream(InputStream source) {
    super(source, "gzip file", new CRC32());
  }

  @Override
  boolean begin() throws IOException {
    int value = takeOrEnd();
    while (!first && value == 0) {
      value = takeOrEnd();
    }
    if (value < 0 && !first) {
      return false;
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
    return true;
  }

  @Override
  void end(long sum, long length) throws IOException {
    long expected = take4();
    if (expected != sum || take4() != (length & 0xffffffffL)) {
      throw new ZipException("gzip file is damaged: wrong checksum");
    }
  }

  private long take4() throws IOException {
    return take() | take() << 8 | take() << 16 | (long) take() << 24;
  }
}
