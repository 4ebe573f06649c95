package dev.pgmend.archive;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The rows of a table in COPY's text format and in UTF-8, each ended by a newline, without the
/// trailer: a line `\.` and two empty ones, with which pg_dump ends the data of every table.
///
/// Stricter than COPY FROM, so that what is read here is what a server loads: the trailer must be
/// there and be the end; no other `\.` may occur, for some servers end the data at it and drop the
/// rest silently; every newline ends a row, so none may follow a backslash. The server that was
/// dumped writes none of these. Bytes that are not UTF-8 are an error too, except in a dump of
/// a database in SQL_ASCII, whose bytes nobody ever looked at: they stay as they are. Memory does not depend
/// on the length of rows.
final class CopyText extends InputStream {
  private static final int BUFFER_BYTES = 128 * 1024;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final long EACH = 0x0101_0101_0101_0101L;
  private static final long HIGH = EACH << 7;
  private static final long NEWLINES = EACH * '\n';
  private static final long BACKSLASHES = EACH * '\\';

  private final MemberInputStream member;
  private final InputStream utf8;
  private final String encodingName;
  private final boolean unconverted;
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /// `[next, checked)` is ready to be read, `[checked, limit)` is not looked at yet.
  private int next;

  private int checked;
  private int limit;

  /// How many bytes of the text come before the buffer's.
  private long bufferStart;

  private long rows;
  private boolean atRowStart = true;
  private boolean sourceEnded;
  private boolean finished;

  private final @Nullable Replacing replacing;

  CopyText(MemberInputStream member, TextEncoding encoding) {
    this(member, encoding, null);
  }

  /// @param replacing counts rows with bytes that are no text, which are an error without it
  CopyText(MemberInputStream member, TextEncoding encoding, @Nullable Replacing replacing) {
    this.member = member;
    this.replacing = replacing;
    this.encodingName = encoding.name();
    this.unconverted = replacing == null && encoding.name().equals(TextEncoding.SQL_ASCII);
    this.utf8 =
        replacing != null
            ? replacing.utf8(member, encoding)
            : unconverted || encoding.charset().equals(StandardCharsets.UTF_8)
                ? member
                : new Utf8Transcoder(member, encoding.charset());
  }

  @Override
  public int read() {
    return ready() ? buffer[next++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!ready()) {
      return -1;
    }
    int count = Math.min(length, checked - next);
    System.arraycopy(buffer, next, bytes, offset, count);
    next += count;
    return count;
  }

  @Override
  public void close() {
    member.close();
  }

  private boolean ready() {
    while (next == checked && !finished) {
      fill();
      check();
    }
    return next < checked;
  }

  private void fill() {
    System.arraycopy(buffer, checked, buffer, 0, limit - checked);
    bufferStart += checked;
    limit -= checked;
    next = checked = 0;
    try {
      int count = utf8.read(buffer, limit, buffer.length - limit);
      sourceEnded = count < 0;
      limit += Math.max(0, count);
    } catch (CharacterCodingException e) {
      throw invalid(limit);
    } catch (IOException e) {
      throw fail(limit, "cannot read: " + e.getMessage());
    }
  }

  /// Looks at as much as can be decided with the bytes at hand, or all at the end.
  private void check() {
    int i = checked;
    while (i < limit) {
      byte b = buffer[i];
      if (b == '\n') {
        if (replacing != null) {
          replacing.rowEnds(bufferStart + i);
        }
        rows++;
        atRowStart = true;
        i++;
        continue;
      }
      if (b >= 0 && b != '\\') {
        atRowStart = false;
        i = plainEnd(i);
        continue;
      }
      int length;
      if (b == '\\') {
        length = checkEscape(i);
        if (finished) {
          checked = i;
          return;
        }
      } else {
        length = unconverted ? 1 : Utf8Sequence.length(buffer, i, limit);
        if (length == Utf8Sequence.MALFORMED || (length == Utf8Sequence.CUT && sourceEnded)) {
          throw invalid(i);
        }
      }
      if (length <= 0) {
        break;
      }
      atRowStart = false;
      i += length;
    }
    checked = i;
    if (sourceEnded) {
      throw fail(limit, "data ends without its trailer \\.");
    }
  }

  /// The end of the bytes from `i` on that mean nothing but themselves.
  private int plainEnd(int i) {
    byte[] bytes = buffer;
    int end = limit;
    int at = i;
    // Eight at once; if a sum carries into a byte, that is looked at by itself.
    while (end - at >= Long.BYTES) {
      long word = (long) WORD.get(bytes, at);
      long newline = word ^ NEWLINES;
      long backslash = word ^ BACKSLASHES;
      if (((word | (newline - EACH & ~newline) | (backslash - EACH & ~backslash)) & HIGH) != 0) {
        break;
      }
      at += Long.BYTES;
    }
    while (at < end && bytes[at] >= 0 && bytes[at] != '\n' && bytes[at] != '\\') {
      at++;
    }
    return at;
  }

  /// The length of the escape at `i`, 0 if more bytes are needed.
  private int checkEscape(int i) {
    if (i + 1 == limit) {
      return 0;
    }
    return switch (buffer[i + 1]) {
      case '\n' -> throw fail(i, "row ends in a backslash");
      case '.' -> {
        if (!atRowStart) {
          throw fail(i, "end-of-data mark \\. inside a row");
        }
        yield checkTrailer(i);
      }
      default -> buffer[i + 1] < 0 ? 1 : 2;
    };
  }

  private int checkTrailer(int i) {
    for (int j = 2; j < 5; j++) {
      if (i + j == limit) {
        return 0;
      }
      if (buffer[i + j] != '\n') {
        throw fail(i, "end-of-data mark \\. before the end of the data");
      }
    }
    if (i + 5 < limit) {
      throw fail(i, "end-of-data mark \\. before the end of the data");
    }
    if (sourceEnded) {
      finished = true;
      if (replacing != null) {
        replacing.end();
      }
    }
    return 0;
  }

  private ArchiveException invalid(int index) {
    return ArchiveException.hinted(
        member.file(),
        member.entry(),
        bufferStart + index,
        "text is not valid " + encodingName + ", row " + (rows + 1) + " of the uncompressed data",
        Replacing.HINT);
  }

  private ArchiveException fail(int index, String problem) {
    return ArchiveException.at(
        member.file(),
        member.entry(),
        bufferStart + index,
        problem + ", row " + (rows + 1) + " of the uncompressed data");
  }
}
