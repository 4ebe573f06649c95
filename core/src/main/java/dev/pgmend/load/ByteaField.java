package dev.pgmend.load;

/// A bytea, as byteaout of src/backend/utils/adt/varlena.c writes it under `bytea_output` hex. What it writes under `escape`
/// has never one backslash before an x.
final class ByteaField implements BinaryField {
  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    int start = from + 2;
    int digits = to - start;
    if (digits < 0 || (digits & 1) != 0 || text[from] != '\\' || text[from + 1] != 'x') {
      return false;
    }
    out.room(digits / 2);
    if (!Hex.decode(text, start, to, out.bytes, out.length)) {
      return false;
    }
    out.length += digits / 2;
    return true;
  }
}
