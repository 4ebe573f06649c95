package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;

/// The decompressed data of one entry. Damage is an [ArchiveException], not an [IOException].
final class MemberInputStream extends InputStream {
  private final String file;
  private final Entry entry;
  private final LongSupplier position;
  private final Compression compression;
  private final InputStream content;

  /// `position` tells how far the compressed bytes have been read.
  MemberInputStream(
      String file, Entry entry, LongSupplier position, Compression compression, Opener opener) {
    this.file = file;
    this.entry = entry;
    this.position = position;
    this.compression = compression;
    try {
      this.content = opener.open(compression);
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  @FunctionalInterface
  interface Opener {
    InputStream open(Compression compression) throws IOException;
  }

  String file() {
    return file;
  }

  Entry entry() {
    return entry;
  }

  @Override
  public int read() {
    try {
      return content.read();
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    try {
      return content.read(bytes, offset, length);
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  @Override
  public void close() {
    try {
      content.close();
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private ArchiveException damaged(IOException e) {
    String what = compression == Compression.NONE ? "data" : compression + " data";
    String why = e instanceof EOFException ? "it ends early" : e.getMessage();
    return ArchiveException.at(
        file, entry, position.getAsLong(), "cannot read " + what + ": " + why, e);
  }
}
