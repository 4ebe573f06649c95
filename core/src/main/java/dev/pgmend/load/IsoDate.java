package dev.pgmend.load;

/// Dates as EncodeDateOnly of src/backend/utils/adt/datetime.c writes them under `DateStyle` ISO: a year of four digits or more, which
/// has no leading zero then, two digits each for month and day, and " BC" at the very end of years before 1.
final class IsoDate {
  /// For what is not such text; no date, time or zone comes to that.
  static final long NONE = Long.MIN_VALUE;

  /// The days between the first of the Julian calendar, 4714-11-24 BC, and 2000-01-01.
  static final int EPOCH = 2_451_545;

  /// The last year of a date, and the year BC in which its range begins.
  private static final int LAST_YEAR = 5_874_897;

  private static final int FIRST_YEAR_BC = 4714;

  /// The days from 0000-03-01 to 2000-01-01.
  private static final int SINCE_MARCH = 730_425;

  private static final int DAYS_OF_400_YEARS = 146_097;

  private IsoDate() {}

  /// {@return whether a date or timestamp ends with " BC"}
  static boolean isBc(byte[] text, int from, int to) {
    return to - from > 3 && text[to - 1] == 'C' && text[to - 2] == 'B' && text[to - 3] == ' ';
  }

  /// {@return the days since 2000-01-01, or [#NONE]} The text is without " BC".
  static long days(byte[] text, int from, int to, boolean bc) {
    int dash = to - 6;
    int digits = dash - from;
    if (digits < 4
        || digits > 7
        || (digits > 4 && text[from] == '0')
        || text[dash] != '-'
        || text[dash + 3] != '-') {
      return NONE;
    }
    int read = 0;
    for (int at = from; at < dash; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9) {
        return NONE;
      }
      read = read * 10 + digit;
    }
    int month = twoDigits(text, dash + 1);
    int day = twoDigits(text, dash + 4);
    if (read < 1 || read > (bc ? FIRST_YEAR_BC : LAST_YEAR) || month < 1 || month > 12) {
      return NONE;
    }
    int year = bc ? 1 - read : read;
    long days = days(year, month, day);
    return isDay(days, year, month, day) ? days : NONE;
  }

  /// {@return the number of two digits, or one below zero}
  static int twoDigits(byte[] text, int at) {
    int tens = text[at] - '0';
    int ones = text[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
  }

  /// As date2j of src/backend/utils/adt/datetime.c, for years from -4713.
  private static long days(int year, int month, int day) {
    int years = month > 2 ? year + 4800 : year + 4799;
    int months = month > 2 ? month + 1 : month + 13;
    int century = years / 100;
    return 365L * years
        - 32_167
        + years / 4
        - century
        + century / 4
        + 7834 * months / 256
        + day
        - EPOCH;
  }

  /// Goes the way back, by years that begin in March and from 400 of them to the day, so that neither a day that the month does not
  /// have nor an error of the above gets through.
  private static boolean isDay(long days, int year, int month, int day) {
    long sinceMarch = days + SINCE_MARCH;
    long era = Math.floorDiv(sinceMarch, DAYS_OF_400_YEARS);
    int ofEra = (int) (sinceMarch - era * DAYS_OF_400_YEARS);
    int yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
    int ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int fromMarch = (5 * ofYear + 2) / 153;
    int thatMonth = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
    return ofYear - (153 * fromMarch + 2) / 5 + 1 == day
        && thatMonth == month
        && era * 400 + yearOfEra + (thatMonth <= 2 ? 1 : 0) == year;
  }
}
