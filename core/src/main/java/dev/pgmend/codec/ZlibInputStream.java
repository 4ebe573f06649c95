package dev.pgmend.codec;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// One zlib stream (RFC 1950) that ends where its source ends. Stricter than its parent, which
/// takes a preset dictionary for the end of the stream and ignores what follows it.
final class ZlibInputStream extends InflaterInputStream {
  private static final int BUFFER_BYTES = 64 * 1024;

  ZlibInputStream(InputStream source) {
    super(source, new Inflater(), BUFFER_BYTES);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = super.read(bytes, offset, length);
    if (count < 0) {
      if (!inf.finished()) {
        throw new ZipException("zlib stream wants a preset dictionary");
      }
      if (inf.getRemaining() > 0 || in.read() >= 0) {
        throw new ZipException("bytes after the end of the zlib stream");
      }
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    inf.end();
    super.close();
  }
}
