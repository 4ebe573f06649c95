package dev.pgmend.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows are hashed alike by all servers, and differently if anything in them differs.
class RowImageTest {
  private static final long SEED = -6_123_456_789_012_345_678L;

  private static final String TABLE =
      """
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE TABLE t (a int2, b int4, c int8 PRIMARY KEY, d oid, e bool, f text, g varchar(9), h char(5), i uuid, j timestamp,
        k timestamptz, l float4, m float8, n numeric, o date, p time, q timetz, r interval, s json, t jsonb, u bytea, v inet, w bit(3),
        x name, z mood, aa int[], ab text[], ac tstzrange);
      INSERT INTO t VALUES (-1, 2147483647, -9223372036854775808, 4294967295, true, 'ä\\ ''x''', 'v', 'h', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
        '-infinity', '2025-03-30 02:30:00+01', '1.1', '-0', '1.10', 'infinity', '24:00', '12:00+05', '1 mon -1 day', '{"a" : 1}', '{"b":2}',
        '\\x00ff', '10.0.0.1/8', '101', 'n', 'glad', '{1,NULL,3}', '{"a,b",NULL}', '[2025-01-01 00:00+00,)');
      INSERT INTO t (c, f, m, n) VALUES (0, '', 'NaN', 'NaN'), (1, 'o', 0.1, 1e100)\
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

  private static List<String> told(Session session, List<String> columns) {
    try (CopySource lines =
        session.copyOut("COPY (%s) TO STDOUT".formatted(RowImage.query("public.t", columns)))) {
      return RowImage.told(lines).orElseThrow();
    }
  }

  private static List<String> hashes(Database database) {
    List<String> columns = columns(database);
    try (Session session = session(database)) {
      List<String> told = told(session, columns);
      RowImage image = new RowImage(told.subList(1, told.size()));
      String hash =
          image.hash(
              columns.stream().map(column -> "\"" + column + "\"").toList(),
              IntStream.range(0, columns.size()).boxed().toList(),
              SEED);
      return session.queryText(
          "SELECT %s AS hash FROM public.t ORDER BY c".formatted(hash), row -> row.text("hash"));
    }
  }

  @Test
  void allServersAgree() {
    List<List<String>> all = new ArrayList<>();
    for (int major : Servers.MAJORS) {
      try (Database database = Database.create(Servers.major(major))) {
        database.execute(TABLE);
        // What a role or a database has set for itself makes no difference.
        database.execute(
            "ALTER DATABASE %1$s SET TimeZone = 'Asia/Kolkata'; ALTER DATABASE %1$s SET DateStyle = 'German'; ALTER DATABASE %1$s SET extra_float_digits = -3"
                .formatted(database.name()));
        all.add(hashes(database));
      }
    }
    assertThat(all).hasSize(Servers.MAJORS.size()).allMatch(all.getFirst()::equals);
    assertThat(all.getFirst()).doesNotHaveDuplicates().hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a = 1
          a = NULL
          d = NULL
          e = NULL
          f = NULL
          f = ''
          i = NULL
          i = '00000000-0000-0000-0000-000000000000'
          j = NULL
          j = '2000-01-01'
          k = NULL
          aa = NULL
          f = 'Ä\\ ''x'''
          f = g, g = f
          h = 'h  x'
          j = 'infinity'
          k = k + interval '1 us'
          l = l + 1e-6
          m = 0
          n = 1.1
          n = 1.100
          r = '29 days'
          r = '30 days'
          s = '{"a": 1}'
          u = '\\x00fe'
          v = '10.0.0.1'
          z = 'sad'
          aa = '{1,NULL,4}'
          ab = '{"a","b",NULL}'
          ac = '(2025-01-01 00:00+00,)'
          """)
  void whateverDiffersShows(String change) {
    try (Database database = Database.create()) {
      database.execute(TABLE);
      List<String> before = hashes(database);
      database.execute("UPDATE t SET %s WHERE a = -1".formatted(change));
      List<String> after = hashes(database);
      assertThat(after.getFirst()).isNotEqualTo(before.getFirst());
      assertThat(after.subList(1, 3)).isEqualTo(before.subList(1, 3));
    }
  }

  @Test
  void valuesThatTwoRowsHaveExchangedShowInTheSum() {
    try (Database database = Database.create()) {
      database.execute(
          "CREATE TABLE t (c int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 10), (2, 20)");
      long before = hashes(database).stream().mapToLong(Long::parseLong).sum();
      database.execute("UPDATE t SET v = 30 - v");
      assertThat(hashes(database).stream().mapToLong(Long::parseLong).sum()).isNotEqualTo(before);
    }
  }

  /// NULL and what stands in for it, at every place of the groups that many columns are hashed in.
  @Test
  void nullIsNeitherTheDefaultNorNullElsewhere() {
    try (Database database = Database.create()) {
      List<String> columns = IntStream.range(0, 95).mapToObj(i -> "v" + i).toList();
      database.execute(
          "CREATE TABLE t (c int8 PRIMARY KEY, %s)".formatted(columnsOf(columns, " int8")));
      String zeros = String.join(", ", Collections.nCopies(columns.size(), "0"));
      database.execute("INSERT INTO t VALUES (0, %s)".formatted(zeros));
      database.execute(
          "INSERT INTO t SELECT n, %s FROM generate_series(1, 95) AS n"
              .formatted(
                  IntStream.range(0, 95)
                      .mapToObj(i -> "nullif(0, n - %d)".formatted(i + 1))
                      .collect(Collectors.joining(", "))));
      database.execute(
          "INSERT INTO t SELECT 95 + n, %s FROM generate_series(1, 95) AS n"
              .formatted(
                  IntStream.range(0, 95)
                      .mapToObj(i -> "CASE WHEN n = %d THEN 0 END".formatted(i + 1))
                      .collect(Collectors.joining(", "))));
      database.execute("ALTER TABLE t DROP CONSTRAINT t_pkey; UPDATE t SET c = 5");
      assertThat(hashes(database).stream().distinct()).hasSize(191);
    }
  }

  @Test
  void tablesMayHaveAsManyColumnsAsTheServerAllows() {
    try (Database database = Database.create()) {
      List<String> columns = IntStream.range(0, 1599).mapToObj(i -> "v" + i).toList();
      database.execute(
          "CREATE TABLE t (c int PRIMARY KEY, %s)".formatted(columnsOf(columns, " int2")));
      database.execute(
          "INSERT INTO t (c, v1598) VALUES (1, NULL), (2, 7); INSERT INTO t SELECT 3%s"
              .formatted(", 3".repeat(1599)));
      assertThat(hashes(database)).doesNotHaveDuplicates().hasSize(3);
    }
  }

  private static String columnsOf(List<String> columns, String type) {
    return columns.stream().map(column -> column + type).collect(Collectors.joining(", "));
  }

  @ParameterizedTest
  @CsvSource({"money", "regclass", "made", "over"})
  void whatIsWrittenOtherwiseElsewhereIsNotHashed(String type) {
    try (Database database = Database.create()) {
      database.execute(
          "CREATE TYPE made AS (a int); CREATE DOMAIN over AS int; CREATE TABLE t (c int PRIMARY KEY, v %s)"
              .formatted(type));
      try (Session session = session(database);
          CopySource lines =
              session.copyOut(
                  "COPY (%s) TO STDOUT".formatted(RowImage.query("public.t", List.of("c", "v"))))) {
        assertThat(RowImage.told(lines)).isEmpty();
      }
    }
  }
}
