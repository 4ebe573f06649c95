package dev.pgmend.load;

/// A numeric, from what numeric_out writes to what numeric_send does, both of src/backend/utils/adt/numeric.c.
///
/// ```
/// numeric := number of digits: int16, weight: int16, sign: int16, decimals: int16, digit: int16*
/// sign    := 0x0000 | 0x4000 (negative) | 0xC000 (NaN)
/// ```
///
/// A digit is one of 0 to 9999, and the first counts 10000 to the power of the weight. The first and the last are not zero; zero has no
/// digits and no weight. Infinities, which servers before 14 do not know, are not taken.
final class NumericField implements BinaryField {
  private static final int HEAD = 8;
  private static final int NEGATIVE = 0x4000;
  private static final int NAN = 0xC000;

  /// What the greatest weight has room for.
  private static final int MOST_WHOLE = 4 * (1 << 15);

  /// NUMERIC_DSCALE_MASK: the server refuses more in binary.
  private static final int MOST_DECIMALS = 0x3FFF;

  @Override
  public boolean encode(byte[] text, int from, int to, BinaryBuffer out) {
    boolean negative = from < to && text[from] == '-';
    int start = negative ? from + 1 : from;
    int point = start;
    while (point < to && text[point] >= '0' && text[point] <= '9') {
      point++;
    }
    int whole = point - start;
    int decimals = point == to ? 0 : to - point - 1;
    if (whole == 0) {
      return nan(text, from, to, out);
    }
    if (whole > MOST_WHOLE
        || (whole > 1 && text[start] == '0')
        || decimals > MOST_DECIMALS
        || (point < to && (text[point] != '.' || decimals == 0))) {
      return false;
    }
    out.room(HEAD + 2 * ((whole + 3) / 4 + (decimals + 3) / 4));
    byte[] bytes = out.bytes;
    int first = out.length + HEAD;
    int next = first;
    int end = first;
    int weight = (whole - 1) / 4;
    // Whole digits are grouped from the point to the left, decimals to the right.
    int stop = start + ((whole - 1) & 3) + 1;
    int at = start;
    while (at < to) {
      int digit = 0;
      for (int last = Math.min(stop, to); at < last; at++) {
        int decimal = text[at] - '0';
        if (decimal < 0 || decimal > 9) {
          return false;
        }
        digit = digit * 10 + decimal;
      }
      for (int missing = stop - at; missing > 0; missing--) {
        digit *= 10;
      }
      if (digit != 0 || next > first) {
        bytes[next] = (byte) (digit >> 8);
        bytes[next + 1] = (byte) digit;
        next += 2;
        end = digit == 0 ? end : next;
      } else {
        weight--;
      }
      at += at == point ? 1 : 0;
      stop = at + 4;
    }
    boolean zero = end == first;
    if (zero && negative) {
      return false;
    }
    head(out, (end - first) / 2, zero ? 0 : weight, negative ? NEGATIVE : 0, decimals);
    out.length = end;
    return true;
  }

  private static boolean nan(byte[] text, int from, int to, BinaryBuffer out) {
    if (to - from != 3 || text[from] != 'N' || text[from + 1] != 'a' || text[from + 2] != 'N') {
      return false;
    }
    head(out, 0, 0, NAN, 0);
    return true;
  }

  private static void head(BinaryBuffer out, int digits, int weight, int sign, int decimals) {
    out.int16(digits);
    out.int16(weight);
    out.int16(sign);
    out.int16(decimals);
  }
}
