package dev.pgmend.load;

/// Times of day and zones as EncodeTimeOnly and EncodeTimezone of src/backend/utils/adt/datetime.c write them.
final class IsoTime {
  static final long SECOND = 1_000_000;
  static final long DAY = 86_400 * SECOND;

  /// What the last digit of a fraction counts, by how many it has.
  private static final int[] MICROS = {1_000_000, 100_000, 10_000, 1000, 100, 10, 1};

  /// MAX_TZDISP_HOUR of src/include/datatype/timestamp.h: a server may write more, but reads no more itself.
  private static final int MOST_HOURS = 15;

  private IsoTime() {}

  /// {@return the microseconds since midnight, up to a whole day, or [IsoDate#NONE]} A fraction has up to six digits, the last of which
  /// is not zero.
  static long micros(byte[] text, int from, int to) {
    int length = to - from;
    if (length < 8
        || length == 9
        || length > 15
        || text[from + 2] != ':'
        || text[from + 5] != ':') {
      return IsoDate.NONE;
    }
    int hours = IsoDate.twoDigits(text, from);
    int minutes = IsoDate.twoDigits(text, from + 3);
    int seconds = IsoDate.twoDigits(text, from + 6);
    if (hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) {
      return IsoDate.NONE;
    }
    int fraction = 0;
    if (length > 8) {
      if (text[from + 8] != '.' || text[to - 1] == '0') {
        return IsoDate.NONE;
      }
      for (int at = from + 9; at < to; at++) {
        int digit = text[at] - '0';
        if (digit < 0 || digit > 9) {
          return IsoDate.NONE;
        }
        fraction = fraction * 10 + digit;
      }
      fraction *= MICROS[length - 9];
    }
    long micros = ((hours * 60 + minutes) * 60 + seconds) * SECOND + fraction;
    return micros <= DAY && isTime(micros, hours, minutes, seconds, fraction)
        ? micros
        : IsoDate.NONE;
  }

  /// Goes the way back.
  private static boolean isTime(long micros, int hours, int minutes, int seconds, int fraction) {
    int whole = (int) (micros / SECOND);
    return micros - whole * SECOND == fraction
        && whole % 60 == seconds
        && whole / 60 % 60 == minutes
        && whole / 3600 == hours;
  }

  /// {@return by how many seconds local time is ahead of UTC, or [IsoDate#NONE]} Minutes and seconds are written up to the last that is
  /// not zero; no zone is "-00".
  static long zone(byte[] text, int from, int to) {
    int length = to - from;
    if ((length != 3 && length != 6 && length != 9) || (text[from] != '+' && text[from] != '-')) {
      return IsoDate.NONE;
    }
    int hours = IsoDate.twoDigits(text, from + 1);
    int minutes = length > 3 ? IsoDate.twoDigits(text, from + 4) : 0;
    int seconds = length > 6 ? IsoDate.twoDigits(text, from + 7) : 0;
    if (hours < 0
        || hours > MOST_HOURS
        || minutes < 0
        || minutes > 59
        || seconds < 0
        || seconds > 59
        || (length > 3 && text[from + 3] != ':')
        || (length > 6 && text[from + 6] != ':')
        || (length == 6 && minutes == 0)
        || (length == 9 && seconds == 0)) {
      return IsoDate.NONE;
    }
    int ahead = (hours * 60 + minutes) * 60 + seconds;
    if (text[from] == '+') {
      return ahead;
    }
    return ahead == 0 ? IsoDate.NONE : -ahead;
  }
}
