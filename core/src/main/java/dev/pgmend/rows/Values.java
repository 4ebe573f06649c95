package dev.pgmend.rows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The values of one row, as PostgreSQL's text in UTF-8. One object is filled with row after row.
///
/// In a dump of a database in SQL_ASCII the bytes are what they were there, whether they are UTF-8 or not.
public final class Values {
  private static final int NULL = -1;

  private final int shown;
  private final int[] starts;
  private final int[] ends;
  private byte[] bytes = new byte[1024];
  private int used;

  /// @param shown how many columns were asked for; more may be read than these, after them
  Values(int shown, int read) {
    this.shown = shown;
    this.starts = new int[read];
    this.ends = new int[read];
  }

  /// {@return the number of columns}
  public int count() {
    return shown;
  }

  public boolean isNull(int column) {
    return ends[column] == NULL;
  }

  /// {@return what holds the value of every column, from [#start] to [#end]}
  @SuppressWarnings("EI_EXPOSE_REP") // that is what it is for: nothing is copied per row
  public byte[] bytes() {
    return bytes;
  }

  public int start(int column) {
    return starts[column];
  }

  /// {@return the end of a value that is not NULL, exclusive}
  public int end(int column) {
    return ends[column];
  }

  boolean equal(int column, byte[] value) {
    return ends[column] != NULL
        && Arrays.equals(bytes, starts[column], ends[column], value, 0, value.length);
  }

  /// Takes one row of COPY text, without its newline.
  ///
  /// @param columns for each field of the text the column that it is, -1 for none
  /// @return false if the row has more or fewer fields
  boolean read(byte[] text, int start, int end, int[] columns) {
    used = 0;
    int field = 0;
    int at = start;
    // The row of a table without columns is empty.
    while (columns.length > 0 || end > start) {
      if (field == columns.length) {
        return false;
      }
      int fieldEnd = at;
      while (fieldEnd < end && text[fieldEnd] != '\t') {
        fieldEnd++;
      }
      int column = columns[field++];
      if (column >= 0) {
        value(text, at, fieldEnd, column);
      }
      if (fieldEnd == end) {
        break;
      }
      at = fieldEnd + 1;
    }
    return field == columns.length;
  }

  private void value(byte[] text, int start, int end, int column) {
    starts[column] = used;
    if (end - start == 2 && text[start] == '\\' && text[start + 1] == 'N') {
      ends[column] = NULL;
      return;
    }
    if (bytes.length - used < end - start) {
      long wanted = Math.max(2L * bytes.length, (long) used + end - start);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
    int at = start;
    while (at < end) {
      byte b = text[at++];
      if (b != '\\' || at == end) {
        bytes[used++] = b;
      } else {
        at = escape(text, at, end);
      }
    }
    ends[column] = used;
  }

  /// As COPY FROM does. Source: copyfromparse.c, CopyReadAttributesText.
  ///
  /// @param at what follows the backslash
  /// @return what follows the escape
  private int escape(byte[] text, int at, int end) {
    int next = at + 1;
    byte b = text[at];
    if (b >= '0' && b <= '7') {
      int value = b - '0';
      for (; next < end && next < at + 3 && text[next] >= '0' && text[next] <= '7'; next++) {
        value = value * 8 + text[next] - '0';
      }
      bytes[used++] = (byte) value;
      return next;
    }
    if (b == 'x' && next < end && Character.digit(text[next], 16) >= 0) {
      int value = 0;
      for (; next < end && next < at + 3 && Character.digit(text[next], 16) >= 0; next++) {
        value = value * 16 + Character.digit(text[next], 16);
      }
      bytes[used++] = (byte) value;
      return next;
    }
    bytes[used++] =
        switch (b) {
          case 'b' -> '\b';
          case 'f' -> '\f';
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'v' -> 0x0b;
          default -> b;
        };
    return next;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < shown; i++) {
      String value =
          isNull(i)
              ? "NULL"
              : new String(bytes, starts[i], ends[i] - starts[i], StandardCharsets.UTF_8);
      text.append(i == 0 ? "" : ", ").append(value);
    }
    return text.toString();
  }
}
