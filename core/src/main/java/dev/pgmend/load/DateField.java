package dev.pgmend.load;

/// A date, as date_out of src/backend/utils/adt/date.c writes it, to the days since 2000-01-01, which date_recv reads.
final class DateField implements BinaryField {
  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    int infinity = Infinity.sign(text, from, to);
    if (infinity != 0) {
      out.int32(infinity > 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE);
      return true;
    }
    boolean bc = IsoDate.isBc(text, from, to);
    long days = IsoDate.days(text, from, bc ? to - 3 : to, bc);
    // NONE is below that, and the years end where IS_VALID_DATE of src/include/datatype/timestamp.h
    // does.
    if (days < -IsoDate.EPOCH) {
      return false;
    }
    out.int32((int) days);
    return true;
  }
}
