package dev.pgmend.load;

/// A whole number, as pg_itoa and its siblings of src/backend/utils/adt/numutils.c write it: no plus, no leading zero, no "-0".
///
/// @param size how many bytes it has: 2, 4 or 8
/// @param least the least value of the type
/// @param most its greatest
record IntegerField(int size, long least, long most) implements BinaryField {
  private static final int DIGITS = 19;

  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    boolean negative = from < to && text[from] == '-';
    int start = negative ? from + 1 : from;
    int digits = to - start;
    if (digits < 1 || digits > DIGITS || (text[start] == '0' && (digits > 1 || negative))) {
      return false;
    }
    // Below zero there is one number more.
    long value = 0;
    for (int at = start; at < to; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 - digit;
    }
    // Of 19 digits, all that overflow come out above zero.
    if (value > 0 || (!negative && value == Long.MIN_VALUE)) {
      return false;
    }
    value = negative ? value : -value;
    if (value < least || value > most) {
      return false;
    }
    switch (size) {
      case 2 -> out.int16((int) value);
      case 4 -> out.int32((int) value);
      default -> out.int64(value);
    }
    return true;
  }
}
