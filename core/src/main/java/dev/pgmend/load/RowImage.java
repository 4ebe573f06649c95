package dev.pgmend.load;

import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// SQL that hashes the rows of a table on its server, so that two servers come to the same value for the same row, whatever their
/// versions, collations and time zones, and to different ones for rows that differ in any byte of any value. Only functions that every
/// role may call on every server since 12: those that hash partitions are made with, which never change.
///
/// The hash has 64 bits and depends on a number that nobody knows beforehand; hashes are added up, never combined by XOR over rows.
///
/// @param kinds what the columns' types are, in the names of pg_type
record RowImage(List<String> kinds) {
  /// Types whose text on two servers is the same if and only if the values are. Not money, whose text is the locale's, not "char",
  /// whose text is another one since 16, and nothing that names objects by their OIDs.
  private static final Set<String> AS_TEXT =
      Set.of(
          "float4",
          "float8",
          "numeric",
          "date",
          "time",
          "timetz",
          "interval",
          "json",
          "jsonb",
          "bytea",
          "inet",
          "cidr",
          "macaddr",
          "macaddr8",
          "bit",
          "varbit",
          "name",
          "point",
          "lseg",
          "path",
          "box",
          "polygon",
          "line",
          "circle",
          "tsvector",
          "int4range",
          "int8range",
          "numrange",
          "tsrange",
          "tstzrange",
          "daterange",
          "bool");

  private static final Set<String> ELEMENTS =
      Set.of(
          "int2",
          "int4",
          "int8",
          "oid",
          "bool",
          "text",
          "varchar",
          "bpchar",
          "uuid",
          "timestamp",
          "timestamptz");

  private static final String ENUM = "enum";

  RowImage {
    kinds = List.copyOf(kinds);
  }

  /// {@return a query for the columns' types, a line each, after one with the encoding; an empty line for
  /// types that are not looked at, and in tables of which an extension has a part}
  static String query(String relation, List<String> columns) {
    String names = columns.stream().map(Sql::literal).collect(Collectors.joining(", "));
    return """
    SELECT pg_catalog.getdatabaseencoding()::pg_catalog.text UNION ALL SELECT x.kind FROM (
      SELECT coalesce((SELECT CASE WHEN t.typtype = 'e' THEN 'enum' WHEN n.nspname = 'pg_catalog' THEN t.typname::pg_catalog.text ELSE '' END
        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
        WHERE a.attrelid = %s::pg_catalog.regclass AND a.attname = w.name AND NOT a.attisdropped
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE a.attrelid = ANY (e.extconfig))), '') AS kind
      FROM pg_catalog.unnest(ARRAY[%s]::pg_catalog.text[]) WITH ORDINALITY AS w(name, n) ORDER BY w.n) AS x\
    """
        .formatted(Sql.literal(relation), names);
  }

  /// {@return what that query tells of a table of the target, if rows can be hashed}
  static Optional<List<String>> told(Session session, QualifiedName table, List<String> columns) {
    try (CopySource lines =
        session.copyOut("COPY (%s) TO STDOUT".formatted(query(table.sql(), columns)))) {
      return told(lines);
    }
  }

  /// {@return the encoding and the types, as that query has told them, if rows can be hashed} What is not equal on both servers cannot be
  /// compared.
  static Optional<List<String>> told(CopySource lines) {
    List<String> told = new ArrayList<>();
    byte[] line;
    while ((line = lines.next()) != null) {
      told.add(new String(line, 0, line.length - 1, StandardCharsets.UTF_8));
    }
    return told.stream().skip(1).allMatch(RowImage::known) ? Optional.of(told) : Optional.empty();
  }

  private static boolean known(String kind) {
    return ELEMENTS.contains(kind)
        || AS_TEXT.contains(kind)
        || kind.equals(ENUM)
        || (kind.startsWith("_")
            && (ELEMENTS.contains(kind.substring(1)) || AS_TEXT.contains(kind.substring(1))));
  }

  /// {@return whether binary COPY carries the values from any server to any other} An infinite interval of 17 is a long one to older ones.
  boolean isPortable() {
    return kinds.stream().noneMatch(kind -> kind.equals("interval") || kind.equals("_interval"));
  }

  /// {@return whether a column's values are whole numbers}
  boolean isNumber(int column) {
    return Set.of("int2", "int4", "int8").contains(kinds.get(column));
  }

  /// {@return SQL for the hash of a row, a bigint}
  ///
  /// @param expressions the columns' SQL, at the places of their types
  String hash(List<String> expressions, long seed) {
    return hash(expressions, IntStream.range(0, expressions.size()).boxed().toList(), seed);
  }

  /// {@return SQL for the hash of some columns of a row, a bigint}
  ///
  /// @param expressions the columns' SQL, at the places of their types
  /// @param chosen the places
  String hash(List<String> expressions, List<Integer> chosen, long seed) {
    List<String> parts = new ArrayList<>();
    for (int place : chosen) {
      long own = seed ^ (0x9e3779b97f4a7c15L * (place + 1));
      parts.add(
          "coalesce(%s, %s)"
              .formatted(column(kinds.get(place), expressions.get(place), own), number(~own)));
    }
    // Mixed once more: else values that two rows have exchanged would not change the sum. As text,
    // for the hash of an int8 begins with
    // folding it to 32 bits.
    return text("(%s)::pg_catalog.text".formatted(String.join(" # ", parts)), seed);
  }

  private static String column(String kind, String value, long seed) {
    return switch (kind) {
      case "int2", "int4", "oid" ->
          "pg_catalog.hash%sextended(%s, %s)".formatted(kind, value, number(seed));
      case "int8" -> halves(value, seed);
      case "uuid" -> "pg_catalog.uuid_hash_extended(%s, %s)".formatted(value, number(seed));
      case "timestamp" -> moment(value, value, seed);
      case "timestamptz" -> moment("pg_catalog.timezone('UTC', %s)".formatted(value), value, seed);
      case "text", "varchar" -> text(value, seed);
      case "bpchar" -> text("pg_catalog.textin(pg_catalog.bpcharout(%s))".formatted(value), seed);
      case ENUM -> text("pg_catalog.textin(pg_catalog.enum_out(%s))".formatted(value), seed);
      default -> text(value + "::pg_catalog.text", seed);
    };
  }

  /// The server's own hash of an int8 folds it to 32 bits first: -1 and 4294967295 are the same to it, whatever the seed.
  private static String halves(String value, long seed) {
    return "(pg_catalog.hashint4extended((%1$s >> 32)::pg_catalog.int4, %2$s) # pg_catalog.hashint4extended(((%1$s << 32) >> 32)::pg_catalog.int4, %3$s))"
        .formatted(value, number(seed), number(Long.rotateLeft(seed, 17)));
  }

  /// That of a timestamp does the same with its microseconds: two that fold to one are half an hour apart or more, and their seconds tell
  /// them apart.
  private static String moment(String timestamp, String value, long seed) {
    return "(pg_catalog.timestamp_hash_extended(%s, %s) # pg_catalog.hashfloat8extended(pg_catalog.date_part('epoch', %s), %s))"
        .formatted(timestamp, number(seed), value, number(Long.rotateLeft(seed, 17)));
  }

  private static String text(String value, long seed) {
    return "pg_catalog.hashtextextended(%s COLLATE pg_catalog.\"C\", %s)"
        .formatted(value, number(seed));
  }

  /// A negative number in SQL is an operator before another number, and the smallest has none.
  private static String number(long value) {
    return "'%d'::pg_catalog.int8".formatted(value);
  }
}
