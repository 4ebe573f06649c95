package dev.pgmend.cli;

import dev.pgmend.rows.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows for people: aligned by the first hundred of them, each on one line, with everything escaped that a terminal would act on.
final class RowsText implements RowPrinter {
  private static final int BATCH_ROWS = 100;
  private static final int BATCH_BYTES = 1 << 20;

  /// Wider values push what follows to the right instead of everything else.
  private static final int WIDEST = 60;

  private static final byte[] NULL = {'N', 'U', 'L', 'L'};

  private final ByteOutput out;
  private int[] widths = new int[0];
  private int[] titles = new int[0];
  private List<byte[]> header = new ArrayList<>();
  private boolean started;

  /// The cells that are not printed yet, escaped and one after the other, with their ends and widths.
  private byte[] cells = new byte[8192];

  private int used;
  private int[] ends = new int[256];
  private int[] cellWidths = new int[256];
  private int count;
  private int rows;

  RowsText(ByteOutput out) {
    this.out = out;
  }

  @Override
  public void columns(List<String> names) {
    widths = new int[names.size()];
    titles = new int[names.size()];
    for (int i = 0; i < names.size(); i++) {
      byte[] name = names.get(i).getBytes(StandardCharsets.UTF_8);
      cell(name, 0, name.length);
      header.add(Arrays.copyOf(cells, used));
      titles[i] = cellWidths[0];
      widths[i] = Math.min(WIDEST, titles[i]);
      used = 0;
      count = 0;
    }
  }

  @Override
  public void row(Values row) {
    for (int i = 0; i < row.count(); i++) {
      if (row.isNull(i)) {
        cell(NULL, 0, NULL.length);
      } else {
        cell(row.bytes(), row.start(i), row.end(i));
      }
    }
    rows++;
    if (started || rows == BATCH_ROWS || used > BATCH_BYTES) {
      print();
    }
  }

  @Override
  public void abandon() {
    if (rows > 0) {
      print();
    }
    out.flush();
  }

  @Override
  public void finish() {
    print();
    out.flush();
  }

  private void print() {
    if (!started) {
      started = true;
      for (int cell = 0; cell < count; cell++) {
        int column = cell % widths.length;
        widths[column] = Math.max(widths[column], Math.min(WIDEST, cellWidths[cell]));
      }
      for (int i = 0; i < widths.length; i++) {
        byte[] title = header.get(i);
        put(title, 0, title.length, titles[i], i);
      }
      out.put('\n');
      for (int i = 0; i < widths.length; i++) {
        out.put((i == 0 ? "" : "-+-") + "-".repeat(widths[i]));
      }
      out.put('\n');
    }
    int start = 0;
    int cell = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < widths.length; column++) {
        put(cells, start, ends[cell], cellWidths[cell], column);
        start = ends[cell++];
      }
      out.put('\n');
    }
    used = 0;
    count = 0;
    rows = 0;
  }

  private void put(byte[] bytes, int start, int end, int width, int column) {
    if (column > 0) {
      out.put(" | ");
    }
    out.put(bytes, start, end);
    for (int i = width; i < widths[column] && column < widths.length - 1; i++) {
      out.put(' ');
    }
  }

  private void cell(byte[] bytes, int start, int end) {
    int width = 0;
    int at = start;
    while (at < end) {
      int character = Utf8.at(bytes, at, end);
      int length = Utf8.length(character);
      if (character == Utf8.INVALID) {
        width += escape("\\x%02x".formatted(bytes[at] & 0xff));
      } else if (harmful(character)) {
        width +=
            escape(
                character == '\n'
                    ? "\\n"
                    : character == '\t' ? "\\t" : "\\u%04x".formatted(character));
      } else {
        reserve(length);
        System.arraycopy(bytes, at, cells, used, length);
        used += length;
        width++;
      }
      at += length;
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
      cellWidths = Arrays.copyOf(cellWidths, 2 * count);
    }
    ends[count] = used;
    cellWidths[count++] = width;
  }

  /// As in [Printable].
  private static boolean harmful(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private int escape(String text) {
    reserve(text.length());
    for (int i = 0; i < text.length(); i++) {
      cells[used++] = (byte) text.charAt(i);
    }
    return text.length();
  }

  private void reserve(int length) {
    if (cells.length - used < length) {
      cells = Arrays.copyOf(cells, (int) Math.min(2L * cells.length, Integer.MAX_VALUE - 8));
    }
  }
}
