package dev.pgmend.cli;

/// Characters in UTF-8, one after the other, without an object for each.
final class Utf8 {
  /// What stands for a byte that belongs to no character.
  static final int INVALID = -1;

  private Utf8() {}

  /// {@return the character that begins there, or [#INVALID]}
  static int at(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || end - at < length) {
      return INVALID;
    }
    int character = first & (0xff >> (length + 1));
    for (int i = 1; i < length; i++) {
      int next = bytes[at + i] & 0xff;
      if ((next & 0xc0) != 0x80) {
        return INVALID;
      }
      character = character << 6 | (next & 0x3f);
    }
    boolean shortest = character >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000);
    boolean surrogate = character >= 0xd800 && character <= 0xdfff;
    return shortest && !surrogate && character <= 0x10ffff ? character : INVALID;
  }

  /// {@return how many bytes a character takes, 1 for an invalid one}
  static int length(int character) {
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  }
}
