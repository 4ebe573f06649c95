package dev.pgmend.load;

/// A UUID, as uuid_out of src/backend/utils/adt/uuid.c writes it: 8, 4, 4, 4 and 12 digits in lower case.
final class UuidField implements BinaryField {
  private static final int TEXT = 36;
  private static final int BYTES = 16;

  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    if (to - from != TEXT
        || text[from + 8] != '-'
        || text[from + 13] != '-'
        || text[from + 18] != '-'
        || text[from + 23] != '-') {
      return false;
    }
    out.room(BYTES);
    byte[] bytes = out.bytes;
    int start = out.length;
    if (!Hex.decode(text, from, from + 8, bytes, start)
        || !Hex.decode(text, from + 9, from + 13, bytes, start + 4)
        || !Hex.decode(text, from + 14, from + 18, bytes, start + 6)
        || !Hex.decode(text, from + 19, from + 23, bytes, start + 8)
        || !Hex.decode(text, from + 24, to, bytes, start + 10)) {
      return false;
    }
    out.length += BYTES;
    return true;
  }
}
