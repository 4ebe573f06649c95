package dev.pgmend.archive;

import java.io.InputStream;

/// The bytes of one DATA block of a custom archive, still compressed: `(Int n > 0, n bytes)* Int
/// 0`. Where chunks begin and end carries no meaning.
final class BlockInputStream extends InputStream {
  private final ArchiveInput in;
  private int chunkLeft;
  private boolean finished;

  BlockInputStream(ArchiveInput in) {
    this.in = in;
  }

  @Override
  public int read() {
    return nextChunk() ? take(in.readByte()) : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!nextChunk()) {
      return -1;
    }
    int count = in.read(bytes, offset, Math.min(length, chunkLeft));
    chunkLeft -= count;
    return count;
  }

  private int take(int value) {
    chunkLeft--;
    return value;
  }

  private boolean nextChunk() {
    if (chunkLeft == 0 && !finished) {
      chunkLeft = BlockMap.readChunkLength(in);
      finished = chunkLeft == 0;
    }
    return !finished;
  }
}
