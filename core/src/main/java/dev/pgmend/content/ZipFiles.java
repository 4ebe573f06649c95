package dev.pgmend.content;

import dev.pgmend.codec.Wrapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The files of a zip file, found through the directory at its end. Stored and deflated ones are
/// read, encrypted ones are not.
///
/// ```
/// end    := "PK\5\6", ..., entries: 2 at 10, size: 4 at 12, offset of the directory: 4 at 16
/// end64  := "PK\6\6", ..., entries: 8 at 32, size: 8 at 40, offset: 8 at 48; found through
///           "PK\6\7", 4, offset of end64: 8, right before end
/// entry  := "PK\1\2", ..., flags: 2 at 8, method: 2 at 10, packed: 4 at 20, size: 4 at 24,
///           name length: 2 at 28, extra length: 2, comment length: 2, local offset: 4 at 42, name,
///           extra, comment
/// local  := "PK\3\4", ..., name length: 2 at 26, extra length: 2, name, extra, content
/// ```
public final class ZipFiles implements FileSet {
  private static final int END_BYTES = 22;
  private static final int DIRECTORY_MAX = 64 << 20;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  private final ByteSource zip;
  private final Map<String, Stored> files = new LinkedHashMap<>();

  public ZipFiles(ByteSource zip) throws IOException {
    this.zip = zip;
    ByteBuffer end = findEnd();
    long entries = end.getShort(10) & 0xffff;
    long size = unsigned(end, 12);
    long offset = unsigned(end, 16);
    if (entries == 0xffff || size == 0xffffffffL || offset == 0xffffffffL) {
      ByteBuffer locator = read(endOffset - 20, 20);
      ByteBuffer end64 = read(locator.getLong(8), 56);
      size = end64.getLong(40);
      offset = end64.getLong(48);
    }
    if (size > DIRECTORY_MAX || size < 0) {
      throw new IOException("zip directory of " + size + " bytes");
    }
    ByteBuffer directory = read(offset, (int) size);
    for (int at = 0; at < directory.limit(); ) {
      at = entry(directory, at);
    }
  }

  private long endOffset;

  public static boolean isZip(byte[] head) {
    return head.length > 3
        && head[0] == 'P'
        && head[1] == 'K'
        && (head[2] == 3 || head[2] == 5)
        && head[3] == head[2] + 1;
  }

  @Override
  public Optional<Stored> find(String name) {
    return Optional.ofNullable(files.get(name));
  }

  @Override
  public Collection<Stored> files() {
    return files.values();
  }

  private int entry(ByteBuffer directory, int at) throws IOException {
    if (directory.limit() - at < 46 || directory.getInt(at) != 0x02014b50) {
      throw new IOException("zip directory is malformed");
    }
    int flags = directory.getShort(at + 8);
    int method = directory.getShort(at + 10) & 0xffff;
    long packed = unsigned(directory, at + 20);
    long size = unsigned(directory, at + 24);
    long local = unsigned(directory, at + 42);
    int nameLength = directory.getShort(at + 28) & 0xffff;
    int extraLength = directory.getShort(at + 30) & 0xffff;
    int next = at + 46 + nameLength + extraLength + (directory.getShort(at + 32) & 0xffff);
    if (next > directory.limit()) {
      throw new IOException("zip directory is malformed");
    }
    byte[] bytes = new byte[nameLength];
    directory.get(at + 46, bytes);
    String name = new String(bytes, StandardCharsets.UTF_8);
    // Sizes and offsets that need eight bytes are in the extra field of type 1, in this order.
    int extra = extra(directory, at + 46 + nameLength, extraLength);
    if (extra > 0) {
      if (size == 0xffffffffL) {
        extra += 8;
      }
      if (packed == 0xffffffffL) {
        packed = directory.getLong(extra);
        extra += 8;
      }
      if (local == 0xffffffffL) {
        local = directory.getLong(extra);
      }
    }
    if (!name.endsWith("/")) {
      files.put(name, new Stored(name, packed, content(name, flags, method, local, packed)));
    }
    return next;
  }

  private static int extra(ByteBuffer directory, int from, int length) {
    for (int at = from; at + 4 <= from + length; ) {
      if (directory.getShort(at) == 1) {
        return at + 4;
      }
      at += 4 + (directory.getShort(at + 2) & 0xffff);
    }
    return -1;
  }

  private Content content(String name, int flags, int method, long local, long packed)
      throws IOException {
    boolean encrypted = (flags & 1) != 0;
    if (encrypted || (method != STORED && method != DEFLATED)) {
      String why =
          encrypted ? "encrypted" : "compressed by method " + method + ", which is not read";
      return _ -> {
        throw new IOException("\"" + name + "\" is " + why + "; unpack it beforehand");
      };
    }
    ByteBuffer header = read(local, 30);
    if (header.getInt(0) != 0x04034b50) {
      throw new IOException("no zip header at offset " + local);
    }
    long start = local + 30 + (header.getShort(26) & 0xffff) + (header.getShort(28) & 0xffff);
    ByteSource stored = zip.slice(start, packed);
    return method == STORED ? stored : new Unwrapped(stored, Wrapper.DEFLATE);
  }

  /// The end is followed by a comment of at most 65535 bytes.
  private ByteBuffer findEnd() throws IOException {
    int length = (int) Math.min(zip.size(), END_BYTES + 65535);
    ByteBuffer tail = read(zip.size() - length, length);
    for (int at = length - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == 0x06054b50
          && at + END_BYTES + (tail.getShort(at + 20) & 0xffff) == length) {
        endOffset = zip.size() - length + at;
        return read(endOffset, END_BYTES);
      }
    }
    throw new EOFException("zip file ends without its directory");
  }

  private static long unsigned(ByteBuffer buffer, int at) {
    return buffer.getInt(at) & 0xffffffffL;
  }

  private ByteBuffer read(long offset, int length) throws IOException {
    if (offset < 0 || offset > zip.size() - length) {
      throw new EOFException("zip file is cut off");
    }
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (zip.read(buffer, offset + buffer.position()) < 0) {
        throw new EOFException("zip file is cut off");
      }
    }
    return buffer.flip();
  }
}
