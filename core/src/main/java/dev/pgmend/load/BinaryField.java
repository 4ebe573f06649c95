package dev.pgmend.load;

import java.util.Optional;

/// Turns the text of a value into what binary COPY has for it: what the type's output function wrote into what its receive function
/// reads, which is the same on servers of 12 to 18. A wrong value would not be noticed, so only text that such a server writes,
/// byte for byte, is taken, and what is doubtful is not: the server reads it as text better. Text and JSON pass as they are; the
/// server checks them as it does when it reads text. Not thread-safe.
interface BinaryField {
  /// Appends the bytes of a value, without its length.
  ///
  /// @param text holds the value between `from` and `to`, without COPY's escapes
  /// @return false if this is not what a server writes under `DateStyle` ISO and `bytea_output` hex; nothing was appended then
  boolean encode(byte[] text, int from, int to, BinaryBuffer out);

  /// {@return a new encoder of a type of pg_catalog, by its name in pg_type, or of every `enum`; empty for a type that has none}
  static Optional<BinaryField> of(String kind) {
    return Optional.ofNullable(
        switch (kind) {
          case "int2" -> new IntegerField(2, Short.MIN_VALUE, Short.MAX_VALUE);
          case "int4" -> new IntegerField(4, Integer.MIN_VALUE, Integer.MAX_VALUE);
          case "int8" -> new IntegerField(8, Long.MIN_VALUE, Long.MAX_VALUE);
          case "oid" -> new IntegerField(4, 0, 0xffff_ffffL);
          case "bool" -> BinaryField::bool;
          case "text", "varchar", "bpchar", "enum", "json" -> BinaryField::same;
          case "jsonb" -> BinaryField::jsonb;
          case "numeric" -> new NumericField();
          case "date" -> new DateField();
          case "time" -> new TimeField();
          case "timestamp" -> new TimestampField(false);
          case "timestamptz" -> new TimestampField(true);
          case "uuid" -> new UuidField();
          case "bytea" -> new ByteaField();
          default -> null;
        });
  }

  /// As boolsend of src/backend/utils/adt/bool.c.
  private static boolean bool(byte[] text, int from, int to, BinaryBuffer out) {
    if (to - from != 1 || (text[from] != 't' && text[from] != 'f')) {
      return false;
    }
    out.int8(text[from] == 't' ? 1 : 0);
    return true;
  }

  /// As textsend of src/backend/utils/adt/varlena.c; enum_recv looks the label up as enum_in does, and json_recv parses.
  private static boolean same(byte[] text, int from, int to, BinaryBuffer out) {
    out.put(text, from, to - from);
    return true;
  }

  /// As jsonb_send of src/backend/utils/adt/jsonb.c: the text after the version of the format.
  private static boolean jsonb(byte[] text, int from, int to, BinaryBuffer out) {
    out.int8(1);
    out.put(text, from, to - from);
    return true;
  }
}
