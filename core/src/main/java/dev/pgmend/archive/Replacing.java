package dev.pgmend.archive;

import java.io.InputStream;
import java.util.function.LongConsumer;

/// Reads text of which not all bytes are text, and counts the rows that they are in.
final class Replacing {
  static final String HINT =
      "--encoding-errors replace puts U+FFFD in the place of such bytes and counts the rows.";

  private final Marks marks = new Marks();
  private final LongConsumer counted;
  private long rows;

  /// @param counted told once, at the end of the data
  Replacing(LongConsumer counted) {
    this.counted = counted;
  }

  /// {@return the text as UTF-8} That of a database in SQL_ASCII is taken for UTF-8 already.
  InputStream utf8(InputStream source, TextEncoding encoding) {
    boolean unknown = encoding.name().equals(TextEncoding.SQL_ASCII);
    return new Utf8Transcoder(
        source, unknown ? java.nio.charset.StandardCharsets.UTF_8 : encoding.charset(), marks);
  }

  /// Called where a row ends.
  ///
  /// @param position in the UTF-8 text
  void rowEnds(long position) {
    if (marks.takeBefore(position)) {
      rows++;
    }
  }

  void end() {
    counted.accept(rows);
  }
}
