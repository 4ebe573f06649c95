package dev.pgmend.codec;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/// The ways in which an archive compresses its data, and how each is undone. The streams hold
/// native memory until closed; closing them closes their source. They read ahead, and they report
/// damage as an [IOException]. A source of no bytes at all is an empty member, whatever the
/// algorithm: pg_dump writes empty large objects so.
public enum Compression {
  NONE(""),
  /// zlib streams in custom archives, gzip files in directories.
  GZIP(".gz"),
  LZ4(".lz4"),
  ZSTD(".zst");

  /// pg_dump's largest: `zstd:long` and the levels above 19 ask for a window of 128 MiB.
  private static final int ZSTD_WINDOW_LOG_MAX = 27;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /// {@return the suffix of file names in a directory archive, "" for none}
  public String suffix() {
    return suffix;
  }

  /// {@return the content of a file with this compression's suffix}
  public InputStream openFile(InputStream file) throws IOException {
    return open(file, false);
  }

  /// {@return the content of a member of a custom archive}
  public InputStream openMember(InputStream member) throws IOException {
    return open(member, true);
  }

  private InputStream open(InputStream source, boolean bareZlib) throws IOException {
    if (this == NONE) {
      return source;
    }
    var peeked = new PushbackInputStream(source, 1);
    int first = peeked.read();
    if (first < 0) {
      return source;
    }
    peeked.unread(first);
    return switch (this) {
      case NONE -> peeked;
      case GZIP -> bareZlib ? new ZlibInputStream(peeked) : new GzipInputStream(peeked);
      case LZ4 -> new Lz4FrameInputStream(peeked);
      case ZSTD -> new ZstdInputStreamNoFinalizer(peeked).setLongMax(ZSTD_WINDOW_LOG_MAX);
    };
  }
}
