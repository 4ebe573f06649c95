package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Reading;
import dev.pgmend.live.LiveSource;
import dev.pgmend.load.Effort;
import dev.pgmend.load.Effort.Verify;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows of a live source go in binary from server to server, which both say what they are.
@TestInstance(Lifecycle.PER_CLASS)
class LiveCopyTest {
  /// Values of every kind that binary COPY is trusted with, odd ones among them, and rows longer than any buffer.
  private static final String TABLES =
      """
      CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', 'glücklich');
      CREATE TABLE t (id bigint PRIMARY KEY, i2 int2, i4 int4, o oid, b bool, "t x" text, v varchar(40), c char(9), n numeric, n2 numeric(12, 3),
        f4 float4, f8 float8, d date, ti time(3), tz timetz, ts timestamp, tstz timestamptz, u uuid, j json, jb jsonb, by bytea,
        ip inet, ci cidr, mac macaddr, bi bit(5), vb varbit, na name, pt point, po polygon, m mood, r int4range, nr numrange, tv tsvector,
        ia int[], ta text[], na2 numeric[], g int GENERATED ALWAYS AS (i4 + 1) STORED);
      INSERT INTO t SELECT g, g % 100, -g, g, g % 2 = 0, 'tab	\\ ' || g || E'\n' || repeat('ü', g % 30), NULLIF('v' || g % 7, 'v3'), g % 5, g / 7.0,
        g / 8.0, g / 3.0, sqrt(g), date '0044-03-15 BC' + g, time '00:00' + g * interval '1 s', timetz '12:00+05:30', timestamp '1999-12-31' + g * interval '1 us',
        timestamptz '2024-01-01 00:00+00' + g * interval '1 min', md5(g::text)::uuid, '{"a" :  1}', jsonb_build_object('k', g),
        decode(md5(g::text), 'hex'), '10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', b'10101', b'1', 'name', point(g, -g), '((0,0),(1,1),(1,0))',
        (enum_range(null::mood))[1 + g % 3], int4range(g, NULL), '(1.5,]', 'a:1 b:2', ARRAY[g, NULL], ARRAY['a,b', NULL], ARRAY[1.50, 'NaN']
      FROM generate_series(1, 60000) g;
      INSERT INTO t (id, "t x", n, f4, f8, d, ts, tstz) VALUES (-1, repeat('x', 700000), 'NaN', 'NaN', '-0', 'infinity', '-infinity', 'infinity'),
        (-2, '', 1.500, '-Infinity', 1e-300, NULL, NULL, '0044-03-15 00:00:00+00 BC'), (-3, NULL, 1.5, NULL, NULL, NULL, NULL, NULL);
      CREATE INDEX t_i ON t (i4);
      CREATE DOMAIN short AS text CHECK (length(VALUE) < 99);
      CREATE TABLE tricky (id int PRIMARY KEY, s short, m money, iv interval, ch "char");
      INSERT INTO tricky SELECT g, 's' || g, g, g * interval '1 day 3 ms', 'x' FROM generate_series(1, 1000) g;
      CREATE TABLE empty (id int, note text);
      CREATE TABLE bare ();
      INSERT INTO bare DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES;
      CREATE TABLE parted (id int, k int, note text, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
      CREATE TABLE p1 PARTITION OF parted FOR VALUES IN (1);
      CREATE TABLE p2 PARTITION OF parted FOR VALUES IN (2);
      INSERT INTO parted SELECT g, 1 + g % 2, md5(g::text) FROM generate_series(1, 5000) g;
      """;

  @AutoClose private Database older;

  @BeforeAll
  void createSource() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    older = Database.create(Servers.major(14));
    older.execute(TABLES);
  }

  private static Database target() {
    Database database = Database.create(Servers.shared());
    database.execute(TABLES);
    return database;
  }

  private static Outcome restore(
      Database from,
      Database to,
      Effort effort,
      Progress progress,
      UnaryOperator<Request> choices,
      String table) {
    try (Archive archive =
            LiveSource.open(Restores.target(from.uri()), Reading.USUAL, Optional.empty());
        TableRestore restore = TableRestore.open(archive, Restores.target(to.uri())).with(effort)) {
      return restore.run(restore.plan(Restores.request(archive, choices, table)), progress);
    }
  }

  private static Effort jobs(int jobs) {
    return new Effort(jobs, Verify.FULL, 0);
  }

  @ParameterizedTest
  @CsvSource({"t, 1", "t, 4", "tricky, 4", "empty, 4", "bare, 4"})
  void whatWasDroppedIsWhatItWas(String table, int jobs) {
    try (Database target = target()) {
      Map<String, String> pristine = Fingerprint.of(target);
      target.execute("DROP TABLE " + table);
      Outcome outcome =
          restore(older, target, jobs(jobs), Progress.NONE, UnaryOperator.identity(), table);
      assertThat(outcome.proofs()).isNotEmpty().allMatch(proof -> proof.hashed());
      Restores.clean(Restores.target(target.uri()), outcome.run());
      Restores.assertSame(pristine, target);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void partitionsComeEachFromItsOwn(int jobs) {
    try (Database target = target()) {
      String rows =
          "SELECT string_agg(tableoid::regclass || ' ' || p::text, ',' ORDER BY id) FROM parted p";
      String pristine = target.queryValue(rows);
      target.execute("DROP TABLE parted");
      restore(older, target, jobs(jobs), Progress.NONE, UnaryOperator.identity(), "parted");
      assertThat(target.queryValue(rows)).isEqualTo(pristine);
    }
  }

  /// pg_dump has the rows of partitions by the hash of an enum loaded through their root.
  @Test
  void partitionsWithTheirColumnsInAnotherOrderKeepThemApart() {
    String hashed =
        """
        CREATE TYPE en AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
        CREATE TABLE hp (e en, x int, y int) PARTITION BY HASH (e);
        CREATE TABLE hp1 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE hp2 (e en, y int, x int);
        ALTER TABLE hp ATTACH PARTITION hp2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO hp (e, x, y) SELECT (enum_range(null::en))[1 + g % 8], 1, 2 FROM generate_series(1, 40) g
        """;
    try (Database source = Database.create(Servers.shared());
        Database target = Database.create(Servers.shared())) {
      source.execute(hashed);
      target.execute(hashed + "; DROP TABLE hp");
      restore(source, target, jobs(4), Progress.NONE, UnaryOperator.identity(), "hp");
      assertThat(target.queryValue("SELECT count(*) FILTER (WHERE x = 1 AND y = 2) FROM hp"))
          .isEqualTo("40");
    }
  }

  /// The server's own hashes of these are the same.
  @ParameterizedTest
  @CsvSource({
    "'v = 4294967295 WHERE id = 7'",
    "'v = 4294967296 WHERE id = 8'",
    "'ts = ''2000-01-01 01:11:34.967296'' WHERE id = 8'",
    "'tz = ''2000-01-01 01:11:34.967296+00'' WHERE id = 8'"
  })
  void valuesThatFoldToTheSameAreToldApart(String change) {
    String table =
        """
        CREATE TABLE h (id int PRIMARY KEY, v bigint, ts timestamp, tz timestamptz);
        INSERT INTO h SELECT g, 0, '2020-01-01', '2020-01-01' FROM generate_series(1, 100) g;
        UPDATE h SET v = -1 WHERE id = 7;
        UPDATE h SET v = 1, ts = '2000-01-01 00:00:00.000001', tz = '2000-01-01 00:00:00.000001+00' WHERE id = 8
        """;
    try (Database source = Database.create(Servers.shared());
        Database target = Database.create(Servers.shared())) {
      source.execute(table);
      target.execute(table);
      Map<String, String> pristine = Fingerprint.of(target);
      target.execute("UPDATE h SET " + change);
      Outcome outcome =
          restore(
              source,
              target,
              jobs(1),
              Progress.NONE,
              RowPolicyTest.with(RowPolicy.of(Rows.EXACT)),
              "h");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      Restores.clean(Restores.target(target.uri()), outcome.run());
      Restores.assertSame(pristine, target);
    }
  }

  @Test
  void aTableIsReadInParts() {
    try (Database target = target()) {
      target.execute("DROP TABLE t");
      restore(older, target, jobs(4), Progress.NONE, UnaryOperator.identity(), "t");
      assertThat(Integer.parseInt(target.queryValue("SELECT count(DISTINCT xmin::text) FROM t")))
          .isBetween(2, 4);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aSwapThatWouldChangeNothingIsFoundOut(int jobs) {
    try (Database target = target()) {
      Outcome same =
          restore(
              older, target, jobs(jobs), Progress.NONE, request -> request.with(Mode.SWAP), "t");
      assertThat(same.status()).as("%s", same).isEqualTo(Status.NOTHING_TO_DO);
      target.execute("UPDATE t SET n = 1.50 WHERE id = -3");
      Outcome other =
          restore(
              older, target, jobs(jobs), Progress.NONE, request -> request.with(Mode.SWAP), "t");
      assertThat(other.status()).isEqualTo(Status.DONE);
      assertThat(target.queryValue("SELECT n FROM t WHERE id = -3")).isEqualTo("1.5");
    }
  }

  @Test
  void aLaterWriteIsSeenByUndoAndFreezingIsNot() {
    try (Database target = target()) {
      target.execute("DROP TABLE t");
      Outcome outcome =
          restore(older, target, jobs(4), Progress.NONE, UnaryOperator.identity(), "t");
      target.execute("VACUUM FREEZE t");
      target.execute("UPDATE t SET i2 = 7 WHERE id = 7");
      assertThatThrownBy(() -> Restores.undo(Restores.target(target.uri()), outcome.run(), false))
          .isInstanceOfSatisfying(
              PgmendException.class, refused -> assertThat(refused.kind()).isEqualTo(Kind.REFUSED))
          .hasMessageContaining("was changed since it was restored");
      assertThat(Restores.undo(Restores.target(target.uri()), outcome.run(), true)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aRowThatIsAnotherOneInStagingIsFound(int jobs) {
    try (Database target = target()) {
      target.execute("DROP TABLE t");
      Map<String, String> before = Fingerprint.of(target);
      Progress meddler =
          new Progress() {
            @Override
            public void phase(String name) {
              if (name.equals("build")) {
                String staged =
                    target.queryValue(
                        "SELECT oid::regclass::text FROM pg_class WHERE relname = 't' AND relkind = 'r'");
                target.execute("UPDATE %s SET f8 = -f8 WHERE id = -1".formatted(staged));
              }
            }
          };
      assertThatThrownBy(
              () -> restore(older, target, jobs(jobs), meddler, UnaryOperator.identity(), "t"))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISMATCH))
          .hasMessageContaining("60003 rows")
          .hasMessageContaining("the target is unchanged");
      Restores.assertSame(before, target);
    }
  }

  @Test
  void rowsAreCountedAndProgressIsTold() {
    try (Database target = target()) {
      target.execute("DROP TABLE t");
      AtomicLong bytes = new AtomicLong();
      Progress counter =
          new Progress() {
            @Override
            public void loaded(long more) {
              bytes.addAndGet(more);
            }
          };
      Outcome outcome =
          restore(
              older,
              target,
              new Effort(3, Verify.COUNTS, 0),
              counter,
              UnaryOperator.identity(),
              "t");
      assertThat(outcome.proofs()).allMatch(proof -> !proof.hashed() && proof.rows() == 60_003);
      assertThat(bytes.get()).isGreaterThan(20_000_000);
    }
  }
}
