package dev.pgmend.codec;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Adler32;
import java.util.zip.ZipException;

/// One zlib stream (RFC 1950) that ends where its source ends. Stricter than the JDK's own, which takes a preset dictionary for the end
/// of the stream and ignores what follows it.
final class ZlibInputStream extends DeflateInputStream {
  private static final int DEFLATED = 8;
  private static final int WINDOW_MOST = 7;
  private static final int DICTIONARY = 0x20;

  private boolean begun;

  ZlibInputStream(InputStream source) {
    super(source, "zlib stream", new Adler32());
  }

  @Override
  boolean begin() throws IOException {
    if (begun) {
      if (takeOrEnd() >= 0) {
        throw new ZipException("bytes after the end of the zlib stream");
      }
      return false;
    }
    begun = true;
    int method = take();
    int flags = take();
    if ((method & 0xf) != DEFLATED
        || method >> 4 > WINDOW_MOST
        || (method << 8 | flags) % 31 != 0) {
      throw new ZipException("not a zlib stream: incorrect header check");
    }
    if ((flags & DICTIONARY) != 0) {
      throw new ZipException("zlib stream wants a preset dictionary");
    }
    return true;
  }

  @Override
  void end(long sum, long length) throws IOException {
    long expected = (long) take() << 24 | take() << 16 | take() << 8 | take();
    if (expected != sum) {
      throw new ZipException("zlib stream is damaged: incorrect data check");
    }
  }
}
