package dev.pgmend.cli;

import dev.pgmend.rows.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Rows as CSV by RFC 4180, with a header, as `COPY … WITH (FORMAT csv, HEADER)` would write and read them: NULL is nothing, an empty
/// string is `""`. The lines end with a line feed alone, as PostgreSQL's do.
final class RowsCsv implements RowPrinter {
  private final ByteOutput out;

  RowsCsv(ByteOutput out) {
    this.out = out;
  }

  @Override
  public void columns(List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      if (i > 0) {
        out.put(',');
      }
      byte[] name = names.get(i).getBytes(StandardCharsets.UTF_8);
      value(name, 0, name.length, names.size() == 1);
    }
    out.put('\n');
  }

  @Override
  public void row(Values row) {
    for (int i = 0; i < row.count(); i++) {
      if (i > 0) {
        out.put(',');
      }
      if (!row.isNull(i)) {
        value(row.bytes(), row.start(i), row.end(i), row.count() == 1);
      }
    }
    out.put('\n');
  }

  /// @param alone whether the line consists of it: then it must not be taken for COPY's end-of-data mark
  private void value(byte[] bytes, int start, int end, boolean alone) {
    boolean quoted =
        start == end
            || (alone && end - start == 2 && bytes[start] == '\\' && bytes[start + 1] == '.');
    for (int i = start; i < end && !quoted; i++) {
      byte b = bytes[i];
      quoted = b == ',' || b == '"' || b == '\n' || b == '\r';
    }
    if (!quoted) {
      out.put(bytes, start, end);
      return;
    }
    out.put('"');
    int from = start;
    for (int i = start; i < end; i++) {
      if (bytes[i] == '"') {
        out.put(bytes, from, i + 1);
        out.put('"');
        from = i + 1;
      }
    }
    out.put(bytes, from, end);
    out.put('"');
  }

  @Override
  public void abandon() {
    out.flush();
  }

  @Override
  public void finish() {
    out.flush();
  }
}
