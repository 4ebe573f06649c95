package dev.pgmend.codec;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.tukaani.xz.XZInputStream;

/// The programs with which people compress a whole dump. Several compressed files one after the
/// other are one file, as for the programs themselves.
public enum Wrapper {
  GZIP,
  ZSTD,
  LZ4,
  BZIP2,
  XZ,
  /// A member of a zip file; it has no mark of its own.
  DEFLATE;

  private static final int BUFFER_BYTES = 128 * 1024;

  /// `zstd --long=31` is the longest window there is; memory is taken only as far as a file uses it.
  private static final int ZSTD_WINDOW_LOG_MAX = 31;

  private static final int XZ_MEMORY_KIB = 256 * 1024;

  /// {@return what compressed a file that begins with these bytes}
  public static Optional<Wrapper> of(byte[] head) {
    if (starts(head, 0x1f, 0x8b, 8)) {
      return Optional.of(GZIP);
    }
    // pzstd begins with a frame to be skipped.
    boolean skippable =
        head.length > 3 && (head[0] & 0xf0) == 0x50 && starts(head, head[0], 0x2a, 0x4d, 0x18);
    if (starts(head, 0x28, 0xb5, 0x2f, 0xfd) || skippable) {
      return Optional.of(ZSTD);
    }
    if (starts(head, 0x04, 0x22, 0x4d, 0x18)) {
      return Optional.of(LZ4);
    }
    if (starts(head, 'B', 'Z', 'h') && head.length > 3 && head[3] >= '1' && head[3] <= '9') {
      return Optional.of(BZIP2);
    }
    return starts(head, 0xfd, '7', 'z', 'X', 'Z', 0) ? Optional.of(XZ) : Optional.empty();
  }

  /// {@return what was compressed} Holds native memory until closed; closing it closes the source.
  /// Damage is an [IOException].
  public InputStream open(InputStream source) throws IOException {
    return switch (this) {
      case GZIP -> new GzipInputStream(source);
      case ZSTD -> new ZstdInputStreamNoFinalizer(source).setLongMax(ZSTD_WINDOW_LOG_MAX);
      case LZ4 -> new Lz4FrameInputStream(source);
      case BZIP2 -> new Bzip2InputStream(source);
      case XZ -> new XZInputStream(source, XZ_MEMORY_KIB);
      case DEFLATE -> deflate(source);
    };
  }

  private static InputStream deflate(InputStream source) {
    Inflater inflater = new Inflater(true);
    return new InflaterInputStream(source, inflater, BUFFER_BYTES) {
      @Override
      public void close() throws IOException {
        inflater.end();
        super.close();
      }
    };
  }

  private static boolean starts(byte[] head, int... magic) {
    if (head.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (head[i] != (byte) magic[i]) {
        return false;
      }
    }
    return true;
  }
}
