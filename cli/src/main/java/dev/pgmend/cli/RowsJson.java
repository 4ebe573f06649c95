package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.rows.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Rows as a JSON array of objects, one on a line; docs/json.md. All control characters are escaped.
final class RowsJson implements RowPrinter {
  private final ByteOutput out;
  private List<String> names = List.of();
  private final List<byte[]> keys = new ArrayList<>();
  private long rows;

  RowsJson(ByteOutput out) {
    this.out = out;
  }

  @Override
  public void columns(List<String> names) {
    this.names = names;
    for (String name : names) {
      keys.add(name.getBytes(StandardCharsets.UTF_8));
    }
    out.put('[');
  }

  @Override
  public void row(Values row) {
    out.put(rows++ == 0 ? "\n{" : ",\n{");
    for (int i = 0; i < row.count(); i++) {
      if (i > 0) {
        out.put(',');
      }
      byte[] key = keys.get(i);
      string(key, 0, key.length, i);
      out.put(':');
      if (row.isNull(i)) {
        out.put("null");
      } else {
        string(row.bytes(), row.start(i), row.end(i), i);
      }
    }
    out.put('}');
  }

  private void string(byte[] bytes, int start, int end, int column) {
    out.put('"');
    int from = start;
    int at = start;
    while (at < end) {
      int character = Utf8.at(bytes, at, end);
      if (character == Utf8.INVALID) {
        throw new PgmendException(
            Kind.SOURCE,
            "row %d: column \"%s\" is not UTF-8, which JSON has to be: the dump is of a database in SQL_ASCII"
                .formatted(rows, names.get(column)),
            "Use --csv, which writes the bytes as they are.");
      }
      int length = Utf8.length(character);
      if (character == '"' || character == '\\') {
        out.put(bytes, from, at);
        out.put('\\');
        from = at;
      } else if (character < 0x20 || (character >= 0x7f && character < 0xa0)) {
        out.put(bytes, from, at);
        out.put("\\u%04x".formatted(character));
        from = at + length;
      }
      at += length;
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
    out.put("\n]\n");
    out.flush();
  }
}
