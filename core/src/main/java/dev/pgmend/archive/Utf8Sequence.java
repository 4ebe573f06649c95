package dev.pgmend.archive;

/// What a valid UTF-8 sequence of more than one byte is: as short as possible, no surrogates, none
/// above U+10FFFF. PostgreSQL and Java agree on this.
final class Utf8Sequence {
  static final int MALFORMED = -1;

  /// Valid so far, and more bytes are needed.
  static final int CUT = 0;

  private Utf8Sequence() {}

  /// The length of the sequence at `start`, or [#MALFORMED] or [#CUT].
  static int length(byte[] bytes, int start, int limit) {
    int first = bytes[start] & 0xff;
    int length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0) {
      return MALFORMED;
    }
    for (int i = 1; i < length; i++) {
      if (start + i == limit) {
        return CUT;
      }
      int next = bytes[start + i] & 0xff;
      int min = i > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
      int max = i > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
      if (next < min || next > max) {
        return MALFORMED;
      }
    }
    return length;
  }
}
