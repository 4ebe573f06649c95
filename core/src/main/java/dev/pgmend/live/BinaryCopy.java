package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.BinaryRows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The rows of a binary COPY.
///
/// ```
/// signature (11 bytes)  flags (int32)  length of an extension (int32, 0)     with the first row, or with the trailer
/// number of fields (int16)  { length (int32)  value } …                      a message for each row
/// -1 (int16)                                                                 trailer
/// ```
///
/// As src/backend/commands/copyto.c sends them.
final class BinaryCopy implements BinaryRows {
  private final CopyRows rows;
  private boolean begun;

  BinaryCopy(CopyRows rows) {
    this.rows = rows;
  }

  @Override
  public byte @Nullable [] next() {
    byte[] message = rows.next();
    if (message == null) {
      return null;
    }
    byte[] row = begun ? message : withoutHeader(message);
    begun = true;
    if (row.length == 2 && row[0] == -1 && row[1] == -1) {
      while (rows.next() != null) {}
      return null;
    }
    return row;
  }

  private static byte[] withoutHeader(byte[] message) {
    byte[] header = BinaryRows.header();
    int length = header.length;
    if (message.length < length || !Arrays.equals(message, 0, length, header, 0, length)) {
      throw new PgmendException(
          Kind.SOURCE, "the source's binary COPY begins in a way that is not known");
    }
    return Arrays.copyOfRange(message, length, message.length);
  }

  @Override
  public void close() {
    rows.close();
  }
}
