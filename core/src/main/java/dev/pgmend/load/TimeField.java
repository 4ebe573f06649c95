package dev.pgmend.load;

/// A time of day without a zone, as time_out of src/backend/utils/adt/date.c writes it, to the microseconds that time_recv reads.
final class TimeField implements BinaryField {
  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    long micros = IsoTime.micros(text, from, to);
    if (micros == IsoDate.NONE) {
      return false;
    }
    out.int64(micros);
    return true;
  }
}
