package dev.pgmend.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The ends of time, as EncodeSpecialDate and EncodeSpecialTimestamp of src/backend/utils/adt write them.
final class Infinity {
  private static final byte[] LATE = "infinity".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EARLY = "-infinity".getBytes(StandardCharsets.US_ASCII);

  private Infinity() {}

  /// {@return 1 for the end, -1 for the beginning, 0 for every other text}
  static int sign(byte[] text, int from, int to) {
    // No time begins like that, so that is all there is to see of most.
    if (from == to || (text[from] != 'i' && text[from] != '-')) {
      return 0;
    }
    if (Arrays.equals(text, from, to, LATE, 0, LATE.length)) {
      return 1;
    }
    return Arrays.equals(text, from, to, EARLY, 0, EARLY.length) ? -1 : 0;
  }
}
