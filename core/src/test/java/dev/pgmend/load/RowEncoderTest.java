package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows are encoded as the server writes them in binary, and hashed as it hashes them.
class RowEncoderTest {
  private static final long SEED = 7_654_321_987_654_321L;

  private static final String TYPES =
      """
      CREATE TYPE mood AS ENUM ('sad', 'very glad', 'ü');
      CREATE TABLE t (a int8, b int8, c int4, d int2, e oid, f bool, g text, h varchar(40), i char(7), j mood, k numeric, l numeric(12,3),
        m date, n time, o timestamp, p timestamptz, q uuid, r json, s jsonb, u bytea, v int8);
      """;

  /// Every value of these is NULL in one row out of seven; texts have every character that COPY escapes.
  private static final String ROWS =
      """
      INSERT INTO t SELECT CASE WHEN n % 7 <> 0 THEN (random() - 0.5)::numeric * 18446744073709551614 END,
        CASE WHEN n % 7 <> 1 THEN n - 5 END, CASE WHEN n % 7 <> 2 THEN (random() - 0.5)::numeric * 4294967294 END,
        CASE WHEN n % 7 <> 3 THEN (random() - 0.5)::numeric * 65534 END, CASE WHEN n % 7 <> 4 THEN (4294967295 * random())::int8::oid END,
        CASE WHEN n % 7 <> 5 THEN random() < 0.5 END,
        CASE WHEN n % 7 <> 6 THEN CASE n % 5 WHEN 0 THEN '' WHEN 1 THEN E'\\b\\f\\n\\r\\t\\v\\\\N\\\\.' ELSE repeat(chr(33 + n % 300), n % 90) END END,
        CASE WHEN n % 7 <> 0 THEN 'v' || repeat('ä', n % 38) END, CASE WHEN n % 7 <> 1 THEN left(md5(n::text), n % 8) END,
        CASE WHEN n % 7 <> 2 THEN (enum_range(NULL::mood))[1 + n % 3] END,
        CASE WHEN n % 7 <> 3 THEN CASE n % 9 WHEN 0 THEN 'NaN' WHEN 1 THEN 0 WHEN 2 THEN 0.000 ELSE (random() - 0.5)::numeric * 10::numeric ^ (n % 60 - 30) END END,
        CASE WHEN n % 7 <> 4 THEN (random() - 0.5) * 1e9 END, CASE WHEN n % 7 <> 5 THEN '2000-01-01'::date + (n - 500) * 37 END,
        CASE WHEN n % 7 <> 6 THEN '00:00'::time + n * '77 seconds 123 milliseconds'::interval END,
        CASE WHEN n % 7 <> 0 THEN CASE n % 11 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '1970-01-01'
          ELSE '2000-01-01'::timestamp + (n - 500) * '97 days 3 hours 1 microsecond'::interval END END,
        CASE WHEN n % 7 <> 1 THEN CASE n % 11 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '1970-01-01 00:00+00' WHEN 3 THEN '2000-01-01 00:00+00'
          ELSE '2000-01-01'::timestamptz + (n - 500) * '51 days 7 hours 11 microseconds'::interval END END,
        CASE WHEN n % 7 <> 2 THEN md5(n::text)::uuid END, CASE WHEN n % 7 <> 3 THEN json_build_object('n', n, 't', E'\\t"') END,
        CASE WHEN n % 7 <> 4 THEN jsonb_build_object('n', n, 't', E'\\n"') END, CASE WHEN n % 7 <> 5 THEN decode(md5(n::text), 'hex') END,
        CASE WHEN n % 7 <> 6 THEN n END
      FROM generate_series(1, 1000) AS n
      """;

  private static Session session(Database database) {
    return Session.open(ConnectionTarget.parse(database.uri(), Map.of()));
  }

  private static List<String> columns(Database database) {
    return database
        .queryColumn(
            "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum")
        .stream()
        .map(String::valueOf)
        .toList();
  }

  private static byte[] copied(Session session, String copy) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (CopySource source = session.copyOut(copy)) {
      byte[] piece;
      while ((piece = source.next()) != null) {
        all.writeBytes(piece);
      }
    }
    return all.toByteArray();
  }

  private static RowEncoder encoder(
      List<String> kinds, boolean hashing, ByteArrayOutputStream out) {
    return new RowEncoder(
        kinds.stream().map(kind -> BinaryField.of(kind).orElseThrow()).toList(),
        hashing ? new RowHasher(kinds, SEED) : null,
        out::write);
  }

  private static void likeTheServer(Database database) {
    List<String> columns = columns(database);
    try (Session session = session(database)) {
      List<String> told =
          RowImage.told(session, new dev.pgmend.sql.QualifiedName("public", "t"), columns)
              .orElseThrow();
      List<String> kinds = told.subList(1, told.size());
      byte[] text = copied(session, "COPY public.t TO STDOUT");
      ByteArrayOutputStream binary = new ByteArrayOutputStream();
      RowEncoder encoder = encoder(kinds, true, binary);
      // In pieces that cut rows, and values, anywhere.
      for (int from = 0; from < text.length; from += 1009) {
        encoder.update(text, from, Math.min(1009, text.length - from));
      }
      encoder.end();
      assertThat(binary.toByteArray())
          .isEqualTo(copied(session, "COPY public.t TO STDOUT (FORMAT binary)"));
      String hash =
          new RowImage(kinds)
              .hash(columns.stream().map(column -> "\"" + column + "\"").toList(), SEED);
      assertThat(
              session.queryText(
                  "SELECT sum(%s)::text AS s FROM public.t".formatted(hash),
                  row -> new BigInteger(row.text("s")).longValue()))
          .containsExactly(encoder.hashes());
      assertThat(encoder.rows())
          .isEqualTo(
              text.length == 0 ? 0 : new String(text, StandardCharsets.UTF_8).lines().count());
    }
  }

  static List<Integer> majors() {
    return Servers.MAJORS;
  }

  @ParameterizedTest
  @MethodSource("majors")
  void everyTypeOnEveryServer(int major) {
    try (Database database = Database.create(Servers.major(major))) {
      database.execute(TYPES);
      database.execute(ROWS);
      likeTheServer(database);
    }
  }

  @Test
  void numbersBesideEachOtherNullsAndManyColumns() {
    try (Database database = Database.create()) {
      String columns =
          IntStream.range(0, 95)
              .mapToObj(i -> "c%d %s".formatted(i, List.of("int8", "int8", "text").get(i % 3)))
              .collect(Collectors.joining(", "));
      database.execute("CREATE TABLE t (%s)".formatted(columns));
      String values =
          IntStream.range(0, 95)
              .mapToObj(i ->
                  "CASE WHEN (n * 31 + %d) %% 4 > 0 THEN %s END"
                      .formatted(i, i % 3 == 2 ? "(n * %d)::text".formatted(i) : "n * " + i))
              .collect(Collectors.joining(", "));
      database.execute(
          "INSERT INTO t SELECT %s FROM generate_series(-100, 100) AS n".formatted(values));
      likeTheServer(database);
    }
  }

  private static void encode(List<String> kinds, String rows) {
    RowEncoder encoder = encoder(kinds, false, new ByteArrayOutputStream());
    byte[] text = rows.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < text.length; from += 1 << 16) {
      encoder.update(text, from, Math.min(1 << 16, text.length - from));
    }
    encoder.end();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1\n", // a field is missing
        "1\ta\tb\n", // one too many
        "1\ta", // no end
        "x\ta\n", // no number
        "1\t\\x41\n", // escapes that no server writes
        "1\t\\101\n",
        "1\t\\a\n",
        "1\ta\\\n",
        "1\ta\\N\n", // not NULL, and not text either
        "1\t\\Na\n",
        "\\.\n",
        "1\ta\r\n",
      })
  void whatNoServerWritesIsNotEncoded(String rows) {
    assertThatThrownBy(() -> encode(List.of("int4", "text"), rows))
        .isInstanceOf(RowEncoder.NotCanonical.class);
  }

  @Test
  void rowsThatNeedMuchRoomAreNotEncoded() {
    encode(List.of("text"), "x".repeat(3 << 20) + "\n");
    assertThatThrownBy(() -> encode(List.of("text"), "x".repeat(5 << 20) + "\n"))
        .isInstanceOf(RowEncoder.NotCanonical.class);
  }

  @Test
  void typesWithoutAnEncoderHaveNone() {
    assertThat(List.of("float8", "interval", "_int4", "inet", "name", ""))
        .allMatch(kind -> BinaryField.of(kind).isEmpty());
  }
}
