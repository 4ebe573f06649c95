package dev.pgmend.load;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Hashes rows as [RowImage] has a server in UTF8 hash them. What a value is, it finds out of its text, for itself, as far as the hash is
/// of a number; only that of a UUID, a date or a time of day is of the bytes that binary COPY has for it. Not thread-safe.
final class RowHasher {
  private static final int UUID_BYTES = 16;
  private static final byte[] NOTHING = new byte[UUID_BYTES];
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

  /// 1970 in microseconds since 2000. Source: src/backend/utils/adt/timestamp.c, `SetEpochTimestamp`.
  private static final long UNIX = -946_684_800_000_000L;

  private enum How {
    NUMBER,
    LONG,
    UUID,
    MOMENT,
    BOOL,
    TEXT
  }

  private final How[] columns;
  private final long seed;
  private final ServerHash server = new ServerHash();

  /// What the groups before this one have come to.
  private long all;

  private int groups;

  /// What this group has come to.
  private long hash;

  /// Whether the hash has a number in it that nothing was mixed with yet.
  private boolean raw;

  /// @param kinds the columns' types, each of which [BinaryField] knows
  RowHasher(List<String> kinds, long seed) {
    this.columns = kinds.stream().map(RowHasher::how).toArray(How[]::new);
    this.seed = seed;
  }

  private static How how(String kind) {
    return switch (kind) {
      case "int2", "int4", "oid" -> How.NUMBER;
      case "int8" -> How.LONG;
      case "uuid" -> How.UUID;
      case "timestamp", "timestamptz" -> How.MOMENT;
      case "bool" -> How.BOOL;
      default -> How.TEXT;
    };
  }

  /// Begins a group of [RowImage#GROUP] columns, or of those that are left.
  ///
  /// @param place the first one's; 0 begins a row
  /// @param nulls a bit for each of them that is NULL
  void begin(int place, int nulls) {
    if (place == 0) {
      groups = 0;
    } else {
      endGroup();
    }
    long own = seed ^ place;
    hash = nulls == 0 ? own : server.int4(nulls, ~own);
    raw = false;
  }

  private void endGroup() {
    settle();
    all = groups == 0 ? hash : server.int4(0, all) ^ hash;
    groups++;
  }

  private void settle() {
    if (raw) {
      hash = server.int4(0, hash);
      raw = false;
    }
  }

  /// {@return the hash of the row}
  long end() {
    endGroup();
    return groups > 1 ? server.int4(0, all) : all;
  }

  /// Takes in the next column's value.
  ///
  /// @param text its text, between two places
  /// @param binary what binary COPY has for it, from a third on
  void value(int column, byte[] text, int from, int to, byte[] binary, int at) {
    switch (columns[column]) {
      case NUMBER -> number((int) whole(text, from, to));
      case LONG -> longNumber(whole(text, from, to));
      case UUID -> text(binary, at, UUID_BYTES);
      case MOMENT -> moment(BinaryBuffer.int64(binary, at));
      case BOOL -> {
        byte[] word = text[from] == 't' ? TRUE : FALSE;
        text(word, 0, word.length);
      }
      case TEXT -> text(text, from, to - from);
    }
  }

  /// Takes in NULL for the next column.
  void missing(int column) {
    switch (columns[column]) {
      case NUMBER -> number(0);
      case LONG -> longNumber(0);
      case UUID -> text(NOTHING, 0, UUID_BYTES);
      case MOMENT -> moment(0, 0);
      case BOOL, TEXT -> text(NOTHING, 0, 0);
    }
  }

  private void number(int value) {
    hash = server.int4(value, hash);
    raw = false;
  }

  private void longNumber(long value) {
    settle();
    hash ^= value;
    raw = true;
  }

  private void text(byte[] text, int offset, int length) {
    hash = server.bytes(text, offset, length, hash);
    raw = false;
  }

  private void moment(long value) {
    double seconds =
        value == Long.MAX_VALUE
            ? Double.POSITIVE_INFINITY
            : value == Long.MIN_VALUE ? Double.NEGATIVE_INFINITY : seconds(value);
    moment(value, seconds);
  }

  private void moment(long value, double seconds) {
    hash = server.folded(value, server.float8(seconds, hash));
    raw = false;
  }

  /// As src/backend/utils/adt/timestamp.c, `timestamp_part_common`, does it.
  private static double seconds(long value) {
    return value < Long.MAX_VALUE + UNIX
        ? (value - UNIX) / 1_000_000.0
        : ((double) value - UNIX) / 1_000_000.0;
  }

  private static long whole(byte[] text, int from, int to) {
    boolean negative = text[from] == '-';
    long value = 0;
    for (int i = negative ? from + 1 : from; i < to; i++) {
      value = value * 10 - (text[i] - '0');
    }
    return negative ? value : -value;
  }
}
