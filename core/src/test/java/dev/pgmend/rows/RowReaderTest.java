package dev.pgmend.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Rows are cut the same, however the text comes and whatever the size of the pieces.
class RowReaderTest {
  @Test
  void cutsRowsOfAnyLengthInPiecesOfAnySize() throws IOException {
    List<String> rows =
        IntStream.range(0, 3000)
            .mapToObj(i -> "r" + i + "x".repeat(i % 300 == 0 ? 200_000 : i % 90))
            .toList();
    byte[] text = (String.join("\n", rows) + "\n").getBytes(StandardCharsets.UTF_8);
    for (int wanted : new int[] {1, 100_000, 1 << 20, 100 << 20}) {
      for (int step : new int[] {3000, 70_000, Integer.MAX_VALUE}) {
        List<String> seen = new ArrayList<>();
        try (RowReader reader = new RowReader(trickling(text, step), wanted)) {
          while (reader.fill()) {
            List<String> piece = rows(reader);
            reader.rewind();
            assertThat(rows(reader)).isEqualTo(piece).isNotEmpty();
            seen.addAll(piece);
          }
        }
        assertThat(seen).isEqualTo(rows);
      }
    }
  }

  @Test
  void unescapesAsCopyDoes() {
    byte[] text =
        "a\\tb\\n\\\\\\b\\f\\r\\v\t\\N\t\t\\x41\\101\\q\\\\N".getBytes(StandardCharsets.UTF_8);
    Values row = new Values(3, 4);
    assertThat(row.read(text, 0, text.length, new int[] {0, 1, 3, 2})).isTrue();
    assertThat(row.toString()).isEqualTo("a\tb\n\\\b\f\r\u000b, NULL, AAq\\N");
    assertThat(row.count()).isEqualTo(3);
    assertThat(row.equal(3, new byte[0])).isTrue();
    assertThat(row.equal(1, new byte[0])).isFalse();
    assertThat(row.read(text, 0, text.length, new int[] {0, 1, 2})).isFalse();
    assertThat(row.read(text, 0, text.length, new int[] {0, 1, 2, 3, -1})).isFalse();
    assertThat(row.read(text, 0, 0, new int[0])).isTrue();
  }

  private static List<String> rows(RowReader reader) {
    List<String> rows = new ArrayList<>();
    while (reader.next()) {
      int length = reader.end() - reader.start();
      rows.add(new String(reader.buffer(), reader.start(), length, StandardCharsets.UTF_8));
    }
    return rows;
  }

  /// Text that comes in small portions.
  private static InputStream trickling(byte[] text, int step) {
    return new ByteArrayInputStream(text) {
      @Override
      public synchronized int read(byte[] bytes, int offset, int length) {
        return super.read(bytes, offset, Math.min(length, step));
      }
    };
  }
}
