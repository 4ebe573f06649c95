package dev.pgmend.load;

/// A timestamp, as EncodeDateTime of src/backend/utils/adt/datetime.c writes it under `DateStyle` ISO, to the microseconds since 2000-01-01
/// that timestamp_recv and timestamptz_recv of timestamp.c read, in UTC if it has a zone.
///
/// ```
/// timestamp := date, " ", time, [zone], [" BC"]
/// ```
///
/// @param zoned whether it has a zone, of whichever `TimeZone` it was written under
record TimestampField(boolean zoned) implements BinaryField {
  /// What IS_VALID_TIMESTAMP of src/include/datatype/timestamp.h lets pass: from 4714-11-24 BC to before 294277-01-01.
  private static final long FIRST = -IsoDate.EPOCH * IsoTime.DAY;

  private static final long END = 106_751_983 * IsoTime.DAY;

  /// Local days that may be in range, and of which microseconds are in that of a long.
  private static final long FIRST_DAY = FIRST / IsoTime.DAY - 1;

  private static final long LAST_DAY = END / IsoTime.DAY + 1;

  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    int infinity = Infinity.sign(text, from, to);
    if (infinity != 0) {
      out.int64(infinity > 0 ? Long.MAX_VALUE : Long.MIN_VALUE);
      return true;
    }
    boolean bc = IsoDate.isBc(text, from, to);
    int end = bc ? to - 3 : to;
    int space = from + 10;
    while (space < end && text[space] != ' ') {
      space++;
    }
    int zone = zoned ? space + 9 : end;
    while (zone < end && text[zone] != '+' && text[zone] != '-') {
      zone++;
    }
    if (space >= end || zone > end) {
      return false;
    }
    long days = IsoDate.days(text, from, space, bc);
    long micros = IsoTime.micros(text, space + 1, zone);
    long ahead = zoned ? IsoTime.zone(text, zone, end) : 0;
    // NONE is below all of that.
    if (days < FIRST_DAY || days > LAST_DAY || micros < 0 || ahead == IsoDate.NONE) {
      return false;
    }
    long value = days * IsoTime.DAY + micros - ahead * IsoTime.SECOND;
    // The way back, on which 24:00, which no timestamp has, shows as the next day.
    long local = value + ahead * IsoTime.SECOND;
    if (value < FIRST
        || value >= END
        || Math.floorDiv(local, IsoTime.DAY) != days
        || Math.floorMod(local, IsoTime.DAY) != micros) {
      return false;
    }
    out.int64(value);
    return true;
  }
}
