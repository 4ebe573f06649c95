package dev.pgmend.archive;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Rows of a live table as binary COPY has them. Not thread-safe.
public interface BinaryRows extends AutoCloseable {
  /// {@return what the format begins with: signature, no flags, no extension}
  static byte[] header() {
    return "PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
  }

  /// {@return the next row: the number of its fields, then each with its length, without header and trailer of the format; null after
  /// the last} See "Binary Format" in PostgreSQL's documentation of COPY.
  byte @Nullable [] next();

  /// Stops reading if there are more rows.
  @Override
  void close();
}
