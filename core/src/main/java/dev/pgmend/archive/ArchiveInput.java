package dev.pgmend.archive;

import dev.pgmend.content.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the primitives of an archive from a moving position. Several may read one file at once.
///
/// ```
/// Int    := sign byte (0 = positive), magnitude: intSize bytes
/// String := Int length (negative = NULL), bytes
/// Offset := state (1 = not known, 2 = known, 3 = no data), offSize bytes
/// ```
///
/// Numbers are little-endian. No length is believed before the bytes are known to be there.
final class ArchiveInput {
  private static final int LARGE = 64 * 1024;
  private static final int SMALL = 4 * 1024;

  private final ByteSource source;
  private final String file;
  private final @Nullable Entry entry;
  private final byte[] buffer = new byte[LARGE];
  private long bufferStart;
  private int next;
  private int limit;
  private int fillBytes = LARGE;
  private int intSize = 4;
  private int offSize = 8;

  ArchiveInput(ByteSource source, String file, long position, @Nullable Entry entry) {
    this.source = source;
    this.file = file;
    this.bufferStart = position;
    this.entry = entry;
  }

  void useSizes(int intSize, int offSize) {
    this.intSize = intSize;
    this.offSize = offSize;
  }

  int intSize() {
    return intSize;
  }

  int offSize() {
    return offSize;
  }

  long position() {
    return bufferStart + next;
  }

  long remaining() {
    return source.size() - position();
  }

  int readByte() {
    if (next == limit && !fill()) {
      throw truncated();
    }
    return buffer[next++] & 0xff;
  }

  int readInt() {
    long start = position();
    int sign = readByte();
    long magnitude = readNumber(intSize, start);
    if (magnitude > (sign == 0 ? Integer.MAX_VALUE : 1L << 31)) {
      throw fail(start, "number " + (sign == 0 ? "" : "-") + magnitude + " is out of range");
    }
    return (int) (sign == 0 ? magnitude : -magnitude);
  }

  /// Large objects' OIDs are written as signed Ints.
  long readOid() {
    return readInt() & 0xffffffffL;
  }

  /// The bytes as ISO-8859-1, which loses none of them.
  @Nullable String readString(int maxBytes) {
    long start = position();
    int length = readInt();
    if (length < 0) {
      return null;
    }
    if (length > remaining()) {
      throw fail(start, "text of " + length + " bytes goes beyond the end of the file");
    }
    if (length > maxBytes) {
      throw fail(start, "text of " + length + " bytes is too long");
    }
    if (length == 0) {
      return "";
    }
    var bytes = new byte[length];
    readFully(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  DataMember readOffset() {
    long start = position();
    int state = readByte();
    long offset = readNumber(offSize, start + 1);
    return switch (state) {
      case 1 -> new DataMember.OffsetUnknown();
      case 2 -> new DataMember.AtOffset(offset);
      case 3 -> new DataMember.None();
      default -> throw fail(start, "data state " + state + " is not one of 1, 2, 3");
    };
  }

  /// Reads some bytes, at least one; the end of the file is an error.
  int read(byte[] bytes, int offset, int length) {
    if (next == limit) {
      if (length >= LARGE) {
        int count = readSource(ByteBuffer.wrap(bytes, offset, length));
        if (count <= 0) {
          throw truncated();
        }
        bufferStart += limit + count;
        next = limit = 0;
        return count;
      }
      if (!fill()) {
        throw truncated();
      }
    }
    int count = Math.min(length, limit - next);
    System.arraycopy(buffer, next, bytes, offset, count);
    next += count;
    return count;
  }

  /// Seeks over bytes that must be there. Reads little after a leap and much after a step, which
  /// suits large chunks and small ones alike.
  void skip(long count) {
    if (count > remaining()) {
      throw truncated();
    }
    if (count <= limit - next) {
      next += (int) count;
      fillBytes = LARGE;
    } else {
      bufferStart += next + count;
      next = limit = 0;
      fillBytes = count > LARGE ? SMALL : LARGE;
    }
  }

  ArchiveException truncated() {
    return fail(source.size(), "unexpected end of file");
  }

  ArchiveException fail(long offset, String problem) {
    return fail(offset, problem, null);
  }

  ArchiveException fail(long offset, String problem, @Nullable Throwable cause) {
    return ArchiveException.at(file, entry, offset, problem, cause);
  }

  private long readNumber(int size, long start) {
    long number = 0;
    for (int shift = 0; shift < 8 * size; shift += 8) {
      long next = readByte();
      if (shift > 56 ? next != 0 : shift == 56 && next > 127) {
        throw fail(start, "number is out of range");
      }
      number |= next << shift;
    }
    return number;
  }

  private void readFully(byte[] bytes) {
    for (int done = 0; done < bytes.length; ) {
      done += read(bytes, done, bytes.length - done);
    }
  }

  private boolean fill() {
    bufferStart += limit;
    next = limit = 0;
    limit = Math.max(0, readSource(ByteBuffer.wrap(buffer, 0, fillBytes)));
    return limit > 0;
  }

  private int readSource(ByteBuffer target) {
    long position = bufferStart + limit;
    try {
      return source.read(target, position);
    } catch (IOException e) {
      throw fail(position, "cannot read: " + e, e);
    }
  }
}
