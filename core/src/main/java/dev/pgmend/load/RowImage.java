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
import java.util.UUID;
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

  /// So many columns are hashed one into the other, and so many bits say which of them are NULL: an expression must not be nested too deep.
  static final int GROUP = 30;

  RowImage {
    kinds = List.copyOf(kinds);
  }

  /// {@return a query for the columns' types, a line each, after one with the encoding; an empty line for
  /// types that are not looked at, in tables of which an extension has a part, and where rows are not in a heap and may not tell who has
  /// written them}
  static String query(String relation, List<String> columns) {
    String names = columns.stream().map(Sql::literal).collect(Collectors.joining(", "));
    return """
    SELECT pg_catalog.getdatabaseencoding()::pg_catalog.text UNION ALL SELECT x.kind FROM (
      SELECT coalesce((SELECT CASE WHEN t.typtype = 'e' THEN 'enum' WHEN n.nspname = 'pg_catalog' THEN t.typname::pg_catalog.text ELSE '' END
        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
        WHERE a.attrelid = %1$s::pg_catalog.regclass AND a.attname = w.name AND NOT a.attisdropped
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE a.attrelid = ANY (e.extconfig))
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
            WHERE m.amname <> 'heap' AND (c.oid = %1$s::pg_catalog.regclass OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(%1$s::pg_catalog.regclass))))), '') AS kind
      FROM pg_catalog.unnest(ARRAY[%2$s]::pg_catalog.text[]) WITH ORDINALITY AS w(name, n) ORDER BY w.n) AS x\
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
  /// Each column's hash is the seed of the next one's; an int8 becomes a part of that seed, for the server's own hash of one folds it to 32
  /// bits. So nothing has to be mixed in the end, and NULL in one column makes NULL of it all: then the columns' defaults are hashed
  /// under another seed that says which of them are NULL. [RowHasher] does the same here.
  ///
  /// @param expressions the columns' SQL, at the places of their types
  /// @param chosen the places
  String hash(List<String> expressions, List<Integer> chosen, long seed) {
    String all = "";
    for (int from = 0; from < chosen.size(); from += GROUP) {
      List<Integer> group = chosen.subList(from, Math.min(chosen.size(), from + GROUP));
      String hash = group(expressions, group, seed ^ from);
      all = from == 0 ? hash : "(%s # %s)".formatted(mixed(all), hash);
    }
    return chosen.size() > GROUP ? mixed(all) : all;
  }

  private String group(List<String> expressions, List<Integer> group, long seed) {
    String nulls =
        IntStream.range(0, group.size())
            .mapToObj(i ->
                "CASE WHEN %s IS NULL THEN %d ELSE 0 END"
                    .formatted(expressions.get(group.get(i)), 1 << i))
            .collect(Collectors.joining(" + "));
    String missing = int4(nulls, number(~seed));
    return "coalesce(%s, %s)"
        .formatted(
            chain(expressions, group, number(seed), false),
            chain(expressions, group, missing, true));
  }

  /// @param defaults whether a value stands in for NULL
  private String chain(
      List<String> expressions, List<Integer> group, String seed, boolean defaults) {
    String hash = seed;
    boolean raw = false;
    for (int place : group) {
      String value = expressions.get(place);
      String kind = kinds.get(place);
      if (kind.equals("int8")) {
        hash = "(%s # %s)".formatted(raw ? mixed(hash) : hash, or(value, "'0'", defaults));
        raw = true;
      } else {
        hash = column(kind, value, hash, defaults);
        raw = false;
      }
    }
    return raw ? mixed(hash) : hash;
  }

  private static String column(String kind, String value, String seed, boolean defaults) {
    return switch (kind) {
      case "int2", "int4", "oid" ->
          "pg_catalog.hash%sextended(%s, %s)".formatted(kind, or(value, "'0'", defaults), seed);
      case "uuid" ->
          "pg_catalog.uuid_hash_extended(%s, %s)"
              .formatted(or(value, "'%s'".formatted(new UUID(0, 0)), defaults), seed);
      case "timestamp" -> moment(value, value, seed, defaults);
      case "timestamptz" ->
          moment("pg_catalog.timezone('UTC', %s)".formatted(value), value, seed, defaults);
      case "text", "varchar" -> text(value, seed, defaults);
      case "bpchar" ->
          text("pg_catalog.textin(pg_catalog.bpcharout(%s))".formatted(value), seed, defaults);
      case ENUM ->
          text("pg_catalog.textin(pg_catalog.enum_out(%s))".formatted(value), seed, defaults);
      default -> text(value + "::pg_catalog.text", seed, defaults);
    };
  }

  /// The server's own hash of a timestamp folds its microseconds to 32 bits: two that fold to one are half an hour apart or more, and
  /// their seconds tell them apart.
  private static String moment(String timestamp, String value, String seed, boolean defaults) {
    return "pg_catalog.timestamp_hash_extended(%s, pg_catalog.hashfloat8extended(%s, %s))"
        .formatted(
            or(timestamp, "'2000-01-01'", defaults),
            or("pg_catalog.date_part('epoch', %s)".formatted(value), "'0'", defaults),
            seed);
  }

  private static String text(String value, String seed, boolean defaults) {
    return "pg_catalog.hashtextextended(%s COLLATE pg_catalog.\"C\", %s)"
        .formatted(or(value, "''", defaults), seed);
  }

  private static String or(String value, String instead, boolean defaults) {
    return defaults ? "coalesce(%s, %s)".formatted(value, instead) : value;
  }

  private static String mixed(String hash) {
    return int4("0", hash);
  }

  private static String int4(String value, String seed) {
    return "pg_catalog.hashint4extended(%s, %s)".formatted(value, seed);
  }

  /// A negative number in SQL is an operator before another number, and the smallest has none.
  private static String number(long value) {
    return "'%d'::pg_catalog.int8".formatted(value);
  }
}
