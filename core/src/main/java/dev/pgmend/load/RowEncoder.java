package dev.pgmend.load;

import dev.pgmend.archive.BinaryRows;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns rows of COPY text into those of binary COPY, which a server reads in two thirds of the time, and hashes them as the server does.
/// Only what servers themselves write as text is taken. Not thread-safe.
final class RowEncoder {
  /// A longer row is left to COPY text, which needs no room for it.
  private static final int LONGEST = 4 << 20;

  private static final int BUFFER = 1 << 16;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long EACH = 0x0101_0101_0101_0101L;
  private static final long LOW = 0x7f7f_7f7f_7f7f_7f7fL;
  private static final int TRAILER = -1;
  private static final int NULL = -1;

  private final BinaryField[] fields;
  private final @Nullable RowHasher hasher;
  private final Out out;
  private final BinaryBuffer encoded = new BinaryBuffer();

  /// Where each field of a row begins and ends; it ends at [#NULL] if there is none.
  private final int[] starts;

  private final int[] ends;

  /// The beginning of a row whose end has not come yet.
  private byte[] begun = new byte[1 << 10];

  private int begunLength;

  /// A row without its escapes.
  private byte[] plain = new byte[1 << 10];

  private long rows;
  private long hashes;
  private long bytes;

  /// A row is not of the form that servers write: COPY text is to be sent instead.
  static final class NotCanonical extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotCanonical() {
      super("a row of another form", null, false, false);
    }
  }

  /// Where the binary rows go.
  interface Out {
    void write(byte[] bytes, int offset, int length);
  }

  /// @param fields the columns'
  /// @param hasher for the same columns, null if the rows are only counted
  RowEncoder(List<BinaryField> fields, @Nullable RowHasher hasher, Out out) {
    this.fields = fields.toArray(BinaryField[]::new);
    this.hasher = hasher;
    this.out = out;
    this.starts = new int[fields.size()];
    this.ends = new int[fields.size()];
    byte[] header = BinaryRows.header();
    encoded.put(header, 0, header.length);
  }

  /// Takes in the next bytes of COPY text.
  ///
  /// @throws NotCanonical if they cannot be encoded; what was written is then of no use
  void update(byte[] text, int offset, int length) {
    int end = offset + length;
    int from = offset;
    bytes += length;
    if (begunLength > 0) {
      while (from < end && text[from] != '\n') {
        from++;
      }
      append(text, offset, Math.min(end, from + 1));
      if (from == end) {
        return;
      }
      rows(begun, 0, begunLength);
      begunLength = 0;
      from++;
    }
    append(text, rows(text, from, end), end);
  }

  /// Encodes the rows that end here. Eight bytes are looked at at once: most mean nothing but themselves.
  ///
  /// @return where the row begins that does not end
  private int rows(byte[] text, int from, int end) {
    int start = from;
    int field = 0;
    boolean escaped = false;
    boolean missing = false;
    starts[0] = from;
    for (int word = from; word < end; word += Long.BYTES) {
      long special =
          end - word >= Long.BYTES
              ? special((long) WORD.get(text, word))
              : special(tail(text, word, end));
      for (; special != 0; special &= special - 1) {
        int at = word + (Long.numberOfTrailingZeros(special) >>> 3);
        byte one = text[at];
        if (one == '\t' || one == '\n') {
          ends[field] = missing ? NULL : at;
          missing = false;
          field++;
          if (one == '\t') {
            if (field == fields.length) {
              throw new NotCanonical();
            }
            starts[field] = at + 1;
            continue;
          }
          if (field < fields.length) {
            throw new NotCanonical();
          }
          row(escaped ? unescaped(text, start, at) : text);
          start = at + 1;
          starts[0] = start;
          field = 0;
          escaped = false;
        } else if (isNull(text, starts[field], at, end)) {
          missing = true;
        } else {
          escaped = true;
        }
      }
    }
    return start;
  }

  /// {@return a word with the highest bit of each byte that is a tab, a newline, a carriage return, or a backslash}
  private static long special(long word) {
    return equal(word, '\t') | equal(word, '\n') | equal(word, '\\') | equal(word, '\r');
  }

  /// Exact, for no carry goes from byte to byte.
  private static long equal(long word, char one) {
    long difference = word ^ EACH * one;
    return ~((difference & LOW) + LOW | difference | LOW);
  }

  private static long tail(byte[] text, int from, int to) {
    long word = 0;
    for (int i = from; i < to; i++) {
      word |= (text[i] & 0xffL) << (i - from) * Byte.SIZE;
    }
    return word;
  }

  /// {@return whether a backslash begins the mark for NULL, and the field has nothing else}
  private static boolean isNull(byte[] text, int start, int at, int end) {
    return at == start
        && end - at > 2
        && text[at] == '\\'
        && text[at + 1] == 'N'
        && (text[at + 2] == '\t' || text[at + 2] == '\n');
  }

  private void append(byte[] text, int from, int to) {
    int needed = begunLength + to - from;
    if (needed > LONGEST) {
      throw new NotCanonical();
    }
    if (needed > begun.length) {
      begun = Arrays.copyOf(begun, Math.max(needed, Math.min(LONGEST, begun.length * 2)));
    }
    System.arraycopy(text, from, begun, begunLength, to - from);
    begunLength = needed;
  }

  /// Ends the rows.
  void end() {
    if (begunLength > 0) {
      throw new NotCanonical();
    }
    encoded.int16(TRAILER);
    flush();
  }

  private void flush() {
    out.write(encoded.bytes, 0, encoded.length);
    encoded.length = 0;
  }

  /// @param values holds the fields
  private void row(byte[] values) {
    encoded.int16(fields.length);
    for (int i = 0; i < fields.length; i++) {
      if (hasher != null && i % RowImage.GROUP == 0) {
        hasher.begin(i, nulls(i));
      }
      if (ends[i] == NULL) {
        encoded.int32(NULL);
        if (hasher != null) {
          hasher.missing(i);
        }
        continue;
      }
      encoded.int32(0);
      int at = encoded.length;
      if (!fields[i].encode(values, starts[i], ends[i], encoded)) {
        throw new NotCanonical();
      }
      encoded.setInt32(at - Integer.BYTES, encoded.length - at);
      if (hasher != null) {
        hasher.value(i, values, starts[i], ends[i], encoded.bytes, at);
      }
    }
    rows++;
    if (hasher != null) {
      hashes += hasher.end();
    }
    if (encoded.length >= BUFFER) {
      flush();
    }
  }

  private int nulls(int first) {
    int nulls = 0;
    for (int i = first; i < Math.min(first + RowImage.GROUP, fields.length); i++) {
      if (ends[i] == NULL) {
        nulls |= 1 << (i - first);
      }
    }
    return nulls;
  }

  /// Finds the fields of a row that has escapes. Source: src/backend/commands/copyto.c, `CopyAttributeOutText`.
  ///
  /// @return the bytes in which they are found, without them
  private byte[] unescaped(byte[] text, int from, int to) {
    if (plain.length < to - from) {
      plain = new byte[Math.max(to - from, Math.min(LONGEST, plain.length * 2))];
    }
    int field = 0;
    int length = 0;
    int began = from;
    boolean missing = false;
    starts[0] = 0;
    for (int i = from; i < to; i++) {
      byte one = text[i];
      if (one == '\t') {
        ends[field++] = missing ? NULL : length;
        missing = false;
        starts[field] = length;
        began = i + 1;
      } else if (missing || one == '\r') {
        throw new NotCanonical();
      } else if (one != '\\') {
        plain[length++] = one;
      } else if (++i < to && text[i] == 'N' && i == began + 1) {
        missing = true;
      } else {
        plain[length++] = escaped(i < to ? text[i] : 0);
      }
    }
    ends[field] = missing ? NULL : length;
    return plain;
  }

  private static byte escaped(byte letter) {
    return switch (letter) {
      case '\\' -> '\\';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> 0x0b;
      default -> throw new NotCanonical();
    };
  }

  /// {@return how many rows there were}
  long rows() {
    return rows;
  }

  /// {@return what their hashes add up to, modulo 2^64}
  long hashes() {
    return hashes;
  }

  /// {@return how many bytes of COPY text there were}
  long bytes() {
    return bytes;
  }
}
