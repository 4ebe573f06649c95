package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Reading;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.inspect.Inspector;
import dev.pgmend.live.LiveSource;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Restores from a running server: what is true of archives is true of it.
@TestInstance(Lifecycle.PER_CLASS)
class LiveSourceTest {
  private static final String SHOP =
      """
      CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric(8, 2) CHECK (price >= 0));
      CREATE TABLE line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item int REFERENCES item, at timestamptz, x float8);
      CREATE INDEX line_at ON line (at);
      CREATE VIEW dear AS SELECT * FROM item WHERE price > 50;
      INSERT INTO item SELECT g, 'tab	and \\ and
      line ' || g, g FROM generate_series(1, 100) g;
      INSERT INTO line (item, at, x) SELECT 1 + g % 100, '2025-01-01'::timestamptz + g * interval '1 min', sqrt(g) FROM generate_series(1, 2000) g\
      """;

  /// On another server, of another major version.
  @AutoClose private Database source;

  @BeforeAll
  void createSource() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    source = Database.create(Servers.major(14));
    source.execute(SHOP);
  }

  private static Archive open(Database database) {
    return open(database.uri());
  }

  private static Archive open(String uri) {
    return LiveSource.open(Restores.target(uri), Reading.USUAL, Optional.empty());
  }

  private static Outcome restore(
      Database from, Database to, UnaryOperator<Request> choices, String... tables) {
    return restore(from.uri(), to.uri(), choices, tables);
  }

  private static Outcome restore(
      String from, String to, UnaryOperator<Request> choices, String... tables) {
    try (Archive archive = open(from);
        TableRestore restore = TableRestore.open(archive, Restores.target(to))) {
      return restore.run(restore.plan(Restores.request(archive, choices, tables)), Progress.NONE);
    }
  }

  private static Database shop() {
    Database database = Database.create(Servers.shared());
    database.execute(SHOP);
    return database;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM line WHERE id % 3 = 0",
        "UPDATE line SET x = 0, item = 7 WHERE id > 1000; INSERT INTO line OVERRIDING SYSTEM VALUE VALUES (9999, 9)",
        "TRUNCATE line",
        "DROP TABLE line"
      })
  void aTableComesBackWhateverHappenedToIt(String accident) {
    try (Database target = shop()) {
      Map<String, String> pristine = Fingerprint.of(target);
      target.execute(accident);
      Outcome outcome = restore(source, target, UnaryOperator.identity(), "line");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      Restores.assertSame(pristine, target);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MEND", "SWAP"})
  void aTableThatOthersHangOnComesBackInEveryMode(Mode mode) {
    try (Database target = shop()) {
      Map<String, String> pristine = Fingerprint.of(target);
      target.execute("UPDATE item SET price = price + 1 WHERE id < 40");
      restore(source, target, request -> request.with(mode), "item");
      Restores.assertSame(pristine, target);
    }
  }

  @Test
  void aTableIsCopiedWithinOneDatabaseUnderAnotherName() {
    try (Database target = shop()) {
      Outcome outcome =
          restore(
              target,
              target,
              request ->
                  request
                      .change()
                      .mode(Mode.BESIDE)
                      .remapTables(
                          Map.of(
                              new QualifiedName("public", "line"),
                              new QualifiedName("public", "line_then")))
                      .build(),
              "line");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      assertThat(
              target.queryValue(
                  "SELECT count(*) FROM line_then a JOIN line b ON a IS NOT DISTINCT FROM b"))
          .isEqualTo("2000");
    }
  }

  @Test
  void aDatabaseIsNotMendedWithItself() {
    String again = source.uri().replace("localhost", "127.0.0.1");
    assertThatThrownBy(() -> restore(source.uri(), again, UnaryOperator.identity(), "line"))
        .isInstanceOf(PgmendException.class)
        .hasMessageContaining("same database");
    try (Archive archive = open(source);
        TableDiff diff = TableDiff.open(archive, Restores.target(again))) {
      assertThatThrownBy(() -> diff.compare(diffOf("line"), _ -> {}, null))
          .hasMessageContaining("same database");
    }
  }

  private static TableDiff.Request diffOf(String table) {
    return new TableDiff.Request(Set.of(new QualifiedName("public", table)), List.of(), 5);
  }

  @Test
  void rowsAreComparedWithThoseOfALiveDatabase() {
    try (Database target = shop()) {
      target.execute("DELETE FROM line WHERE id <= 3; UPDATE line SET x = 1 WHERE id = 10");
      try (Archive archive = open(source);
          TableDiff diff = TableDiff.open(archive, Restores.target(target.uri()))) {
        RowDiff found = diff.compare(diffOf("line"), _ -> {}, null).getFirst();
        assertThat(List.of(found.missing(), found.changed(), found.newer()))
            .isEqualTo(List.of(3L, 1L, 0L));
      }
    }
  }

  @Test
  void itIsInspectedLikeAnArchive() {
    try (Archive archive = open(source)) {
      Inspector inspector = new Inspector(archive);
      assertThat(inspector.overview().damage()).isNull();
      assertThat(inspector.overview().tables())
          .extracting(table -> table.name().name())
          .containsExactlyInAnyOrder("item", "line");
      assertThat(inspector.overview().storedBytes())
          .isEqualTo(source.queryLong("SELECT pg_table_size('item') + pg_table_size('line')"));
      assertThat(archive.name()).doesNotContain("password").endsWith("/" + source.name());
    }
  }

  /// Tables whose names, types, partitions, large objects and policies are hard.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "app.events",
        "app.\"a b\"",
        "app.has_lo",
        "app.wide",
        "app.copytext",
        "app.only_gen",
        "app.zero_col",
        "app.\"naïve_Ω_😀\""
      })
  void theHardTablesComeBackToo(String table) {
    try (Pristine pristine = Pristine.corpus(Role.SUPERUSER);
        Database target = pristine.database().copy()) {
      // Whatever refers to the rows stays as it is.
      target.execute(
          "SET session_replication_role = replica; DELETE FROM %s WHERE random() < 0.5"
              .formatted(table));
      restore(
          pristine.database(),
          target,
          request -> request.with(Request.Orphans.WITH_PARENTS),
          table);
      Restores.assertSame(pristine.fingerprint(), target);
    }
  }

  @Test
  void everythingIsOfOneMoment() throws IOException {
    try (Database changing = source.copy();
        Archive archive = open(changing)) {
      changing.execute("TRUNCATE line");
      changing.execute("INSERT INTO item VALUES (1000, 'later', 1); DELETE FROM item WHERE id = 5");
      assertThat(rows(archive, "item").lines()).hasSize(100);
      changing.execute("DELETE FROM item WHERE id = 6");
      assertThat(rows(archive, "item").lines()).hasSize(100).anyMatch(row -> row.startsWith("6\t"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          TRUNCATE item, line
          ALTER TABLE item ALTER price TYPE numeric
          ALTER TABLE item DROP COLUMN price CASCADE
          ALTER TABLE item RENAME TO thing; CREATE TABLE item (LIKE thing)
          ALTER TABLE item RENAME name TO other; ALTER TABLE item RENAME price TO name; ALTER TABLE item RENAME other TO price
          """)
  void aTableThatWasChangedSinceIsNotRead(String change) {
    try (Database changing = source.copy();
        Archive archive = open(changing)) {
      changing.execute("DROP VIEW dear");
      changing.execute(change);
      assertThatThrownBy(() -> rows(archive, "item"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("altered, truncated or rewritten");
    }
  }

  @Test
  void theTablesAskedForAreLockedBeforeAnyoneCanChangeThem() {
    Reading likely =
        new Reading(DatabaseChoice.only(), false, table -> table.name().equals("item"));
    try (Database changing = source.copy();
        Archive archive =
            LiveSource.open(Restores.target(changing.uri()), likely, Optional.empty())) {
      assertThatThrownBy(() -> changing.execute("SET lock_timeout = '100ms'; TRUNCATE item, line"))
          .hasMessageContaining("lock timeout");
      changing.execute("SET lock_timeout = '100ms'; TRUNCATE line");
      assertThat(archive.toc().entries()).isNotEmpty();
    }
  }

  private static String rows(Archive archive, String table) throws IOException {
    Entry data =
        archive.toc().entries().stream()
            .filter(entry -> entry.desc().equals("TABLE DATA") && entry.tag().equals(table))
            .findFirst()
            .orElseThrow();
    try (InputStream rows = archive.copyText(data)) {
      return new String(rows.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aStreamThatIsLeftEarlyHarmsNobody() throws IOException {
    try (Archive archive = open(source)) {
      Entry data =
          archive.toc().entries().stream()
              .filter(entry -> entry.desc().equals("TABLE DATA") && entry.tag().equals("line"))
              .findFirst()
              .orElseThrow();
      for (int i = 0; i < 3; i++) {
        try (InputStream rows = archive.copyText(data)) {
          assertThat(rows.read()).isPositive();
        }
      }
      try (InputStream one = archive.copyText(data);
          InputStream other = archive.copyText(data)) {
        assertThat(one.readAllBytes()).isEqualTo(other.readAllBytes());
      }
      archive.checkWhole();
    }
  }

  /// Whatever is done, the source is what it was, and no session was given a transaction ID.
  @Test
  void nothingIsWrittenToTheSource() {
    try (Database from = shop();
        Database to = shop()) {
      Map<String, String> before = Fingerprint.of(from);
      to.execute("DELETE FROM line WHERE id % 2 = 0; UPDATE item SET price = 1");
      try (Archive archive = open(from);
          TableRestore restore = TableRestore.open(archive, Restores.target(to.uri()))) {
        restore.run(
            restore.plan(Restores.request(archive, UnaryOperator.identity(), "item", "line")),
            Progress.NONE);
        assertThat(archive.live().orElseThrow().checkReadOnly())
            .contains("nothing was written", "READ ONLY");
        // Of no session of ours a transaction ID is to be seen, and all are in one transaction.
        assertThat(
                from.query(
                    "SELECT DISTINCT state, backend_xid::text FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgmend'"))
            .containsExactly(java.util.Arrays.asList("idle in transaction", null));
      }
      assertThat(Fingerprint.difference(before, Fingerprint.of(from))).isEmpty();
    }
  }

  @Test
  void aSessionThatReadsCannotWrite() {
    try (dev.pgmend.postgres.Session session =
        dev.pgmend.postgres.Session.reader(Restores.target(source.uri()))) {
      assertThatThrownBy(() -> session.execute("CREATE TABLE written (a int)"))
          .hasMessageContaining("read-only transaction");
    }
  }

  /// pg_dump would fail on what he may not read.
  @Test
  void anOwnerOfSomeTablesCanRestoreThese() {
    String owner = "live_owner";
    try (Database from = Database.create(Servers.shared());
        Database to = Database.create(Servers.shared())) {
      from.execute("CREATE ROLE %s LOGIN".formatted(owner));
      try {
        for (Database database : List.of(from, to)) {
          database.execute(SHOP);
          database.execute(
              "CREATE SCHEMA closed; CREATE TABLE closed.secret (a serial); CREATE TABLE other (a int)");
          database.execute(
              "ALTER TABLE line OWNER TO %s; ALTER TABLE item OWNER TO %s; GRANT CREATE ON DATABASE %s TO %s"
                  .formatted(owner, owner, database.name(), owner));
        }
        Map<String, String> pristine = Fingerprint.of(to);
        to.execute("DELETE FROM line WHERE id % 2 = 0");
        try (Archive archive = open(from.uri(owner))) {
          assertThat(archive.live().orElseThrow().notes().getFirst())
              .contains(
                  "\"closed\".\"secret\"", "\"closed\".\"secret_a_seq\"", "\"public\".\"other\"");
        }
        restore(from.uri(owner), to.uri(owner), UnaryOperator.identity(), "line");
        Restores.assertSame(pristine, to);
      } finally {
        for (Database database : List.of(from, to)) {
          database.execute("DROP OWNED BY " + owner + " CASCADE");
        }
        from.execute("DROP ROLE " + owner);
      }
    }
  }

  @Test
  void rowsThatRowSecurityHidesAreNotTakenForMissing() {
    String reader = "live_reader";
    try (Database from = Database.create(Servers.shared())) {
      from.execute(
          "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE ROLE %s LOGIN; GRANT SELECT ON t TO %s"
              .formatted(reader, reader));
      try (Archive archive = open(from.uri(reader))) {
        assertThatThrownBy(() -> rows(archive, "t"))
            .hasMessageContaining("row-level security")
            .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.SOURCE));
      } finally {
        from.execute("DROP OWNED BY %s; DROP ROLE %s".formatted(reader, reader));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LATIN1", "SQL_ASCII", "EUC_JP"})
  void textOfOtherEncodingsArrives(String encoding) throws IOException {
    try (Database from = Database.inEncoding(Servers.shared(), encoding)) {
      from.execute("CREATE TABLE t (a text)");
      boolean unknown = encoding.equals("SQL_ASCII");
      from.execute(
          unknown
              ? "INSERT INTO t VALUES (convert_from('\\xe9ff'::bytea, 'SQL_ASCII'))"
              : encoding.equals("LATIN1")
                  ? "INSERT INTO t VALUES ('é')"
                  : "INSERT INTO t VALUES ('日本')");
      try (Archive archive = open(from)) {
        Entry data =
            archive.toc().entries().stream()
                .filter(entry -> entry.desc().equals("TABLE DATA"))
                .findFirst()
                .orElseThrow();
        byte[] expected =
            unknown
                ? new byte[] {(byte) 0xe9, (byte) 0xff, '\n'}
                : (encoding.equals("LATIN1") ? "é\n" : "日本\n").getBytes(StandardCharsets.UTF_8);
        try (InputStream rows = archive.copyText(data)) {
          assertThat(rows.readAllBytes()).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void noPasswordIsSaidWhenNobodyAnswers() {
    assertThatThrownBy(() -> open("postgresql://me:geheim@127.0.0.1:1/shop"))
        .isInstanceOf(PgmendException.class)
        .hasMessageContaining("postgresql://me@127.0.0.1:1/shop")
        .hasMessageNotContaining("geheim");
  }

  /// Servers newer than every pg_dump here.
  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void aServerThatNoPgDumpCanReadIsRefusedWithThePackageThatCan(int major) {
    assertThatThrownBy(() ->
            LiveSource.open(
                ConnectionTarget.parse(Servers.major(major).uri("postgres"), Map.of()),
                Reading.USUAL,
                Optional.of(Servers.clientTool("."))))
        .isInstanceOf(PgmendException.class)
        .hasMessageContaining("is PostgreSQL " + major)
        .hasMessageContaining("found 15.")
        .satisfies(e ->
            assertThat(((PgmendException) e).hint())
                .contains("postgresql-client-" + major, "--pg-bin"));
  }
}
