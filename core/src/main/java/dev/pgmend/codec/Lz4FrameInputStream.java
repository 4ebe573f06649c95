package dev.pgmend.codec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// LZ4 frames, with the linked blocks that pg_dump writes and that no Java library reads.
///
/// ```
/// frame := 04 22 4d 18, FLG, BD, [content size: 8], [dictionary: 4], header checksum: 1, block*,
///          00000000, [content checksum: 4]
/// block := size: 4 (top bit: stored), bytes, [block checksum: 4]
/// FLG   := version 01, independent, block checksum, content size, content checksum, 0, dictionary
/// BD    := 0, block size 4..7 = 64 KiB, 256 KiB, 1 MiB, 4 MiB, 0000
/// ```
///
/// Numbers are little-endian, checksums are xxHash32 with seed 0. A block may copy from the 64 KiB
/// before it, so the window keeps them. Frames may follow one another.
public final class Lz4FrameInputStream extends InputStream {
  private static final int MAGIC = 0x184d2204;
  private static final int HISTORY_BYTES = 64 * 1024;

  private final InputStream source;
  private final byte[] header = new byte[15];
  private byte[] block = new byte[0];
  private byte[] window = new byte[0];
  private int next;
  private int end;
  private int blockMax;
  private int flags;
  private long contentSize;
  private long contentBytes;
  private XxHash32 contentHash = new XxHash32();
  private boolean inFrame;
  private boolean finished;

  public Lz4FrameInputStream(InputStream source) {
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    return ready(1) ? window[next++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (!ready(length)) {
      return -1;
    }
    int count = Math.min(length, end - next);
    System.arraycopy(window, next, bytes, offset, count);
    next += count;
    return count;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  private boolean ready(int wanted) throws IOException {
    while (next == end && wanted > 0 && !finished) {
      if (inFrame) {
        readBlock();
      } else {
        readFrameHeader();
      }
    }
    return next < end || wanted == 0;
  }

  private void readFrameHeader() throws IOException {
    int first = source.read();
    if (first < 0) {
      finished = true;
      return;
    }
    header[0] = (byte) first;
    readFully(header, 1, 3);
    if (int32(header, 0) != MAGIC) {
      throw new IOException("not an lz4 frame");
    }
    readFully(header, 0, 2);
    flags = header[0];
    int blockSize = header[1] >> 4;
    if ((flags & 0xc2) != 0x40 || (header[1] & 0x8f) != 0 || blockSize < 4) {
      throw new IOException("lz4 frame header is malformed");
    }
    int length = 2;
    if (flag(0x08)) {
      readFully(header, length, 8);
      contentSize = (int32(header, 2) & 0xffffffffL) | (long) int32(header, 6) << 32;
      length += 8;
    }
    if (flag(0x01)) {
      throw new IOException("lz4 frame wants a preset dictionary");
    }
    var hash = new XxHash32();
    hash.update(header, 0, length);
    if (readByte() != (hash.value() >>> 8 & 0xff)) {
      throw new IOException("lz4 frame header has a wrong checksum");
    }
    blockMax = 1 << (8 + 2 * blockSize);
    if (block.length < blockMax) {
      block = new byte[blockMax];
      window = new byte[HISTORY_BYTES + blockMax];
    }
    next = end = 0;
    contentBytes = 0;
    contentHash = new XxHash32();
    inFrame = true;
  }

  private void readBlock() throws IOException {
    readFully(header, 0, 4);
    int size = int32(header, 0);
    if (size == 0) {
      endFrame();
      return;
    }
    boolean stored = size < 0;
    size &= 0x7fffffff;
    if (size > blockMax) {
      throw new IOException("lz4 block of " + size + " bytes is larger than the frame allows");
    }
    readFully(block, 0, size);
    if (flag(0x10)) {
      var hash = new XxHash32();
      hash.update(block, 0, size);
      checkHash(hash, "block");
    }
    keepHistory();
    if (stored) {
      System.arraycopy(block, 0, window, end, size);
      end += size;
    } else {
      int oldest = flag(0x20) ? end : 0;
      end = Lz4Block.decode(block, size, window, end, end + blockMax, oldest);
    }
    contentBytes += end - next;
    if (flag(0x04)) {
      contentHash.update(window, next, end - next);
    }
  }

  private void endFrame() throws IOException {
    if (flag(0x04)) {
      checkHash(contentHash, "content");
    }
    if (flag(0x08) && contentBytes != contentSize) {
      throw new IOException("lz4 frame holds other than its stated number of bytes");
    }
    inFrame = false;
  }

  private void keepHistory() {
    int kept = Math.min(end, HISTORY_BYTES);
    System.arraycopy(window, end - kept, window, 0, kept);
    next = end = kept;
  }

  private void checkHash(XxHash32 hash, String what) throws IOException {
    readFully(header, 0, 4);
    if (int32(header, 0) != hash.value()) {
      throw new IOException("lz4 " + what + " has a wrong checksum");
    }
  }

  private boolean flag(int mask) {
    return (flags & mask) != 0;
  }

  private int readByte() throws IOException {
    int value = source.read();
    if (value < 0) {
      throw new EOFException("lz4 frame is truncated");
    }
    return value;
  }

  private void readFully(byte[] bytes, int offset, int length) throws IOException {
    if (source.readNBytes(bytes, offset, length) < length) {
      throw new EOFException("lz4 frame is truncated");
    }
  }

  private static int int32(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }
}
