package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.LiveData;
import dev.pgmend.archive.Reading;
import dev.pgmend.live.LiveSource;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.load.DifferingRows.Sample;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.run.Progress;
import dev.pgmend.run.ProofFailure;
import dev.pgmend.run.RowChange;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A proof that fails names the rows that made it fail.
@TestInstance(Lifecycle.PER_CLASS)
class DifferingRowsTest {
  private static final int ROWS = 5_000;

  /// A table with a key, one without, and one whose rows two servers cannot hash alike.
  private static final String TABLES =
      """
      CREATE TABLE n (id bigint PRIMARY KEY, v text, x numeric, secret text);
      INSERT INTO n SELECT g, 'v' || g, g / 8.0, 'hidden' FROM generate_series(1, %1$d) g;
      CREATE TABLE k (a int, b text);
      INSERT INTO k SELECT g %% 100, 'b' || g / 2 FROM generate_series(1, %1$d) g;
      CREATE DOMAIN d AS text;
      CREATE TABLE o (a int, b text, v d, PRIMARY KEY (a, b));
      INSERT INTO o SELECT g, 'b,' || g, 'v' || g FROM generate_series(1, %1$d) g;
      """
          .formatted(ROWS);

  @TempDir private static Path directory;

  private Database source;
  private Path dump = directory;

  @BeforeAll
  void create() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    source = Database.create(Servers.shared());
    source.execute(TABLES);
    source.execute("VACUUM ANALYZE");
    dump = directory.resolve("n.dump");
    Client.dump(source, dump, false, List.of("-Fc"));
  }

  @AfterAll
  void drop() {
    if (source != null) {
      source.close();
    }
  }

  private Archive open(boolean live) {
    return live
        ? LiveSource.open(Restores.target(source.uri()), Reading.USUAL, Optional.empty())
        : Archive.open(dump);
  }

  private ProofFailure failure(
      boolean live,
      Database target,
      Progress progress,
      UnaryOperator<Request> choices,
      String table) {
    try (Archive archive = open(live);
        TableRestore restore = TableRestore.open(archive, Restores.target(target.uri()))) {
      ProofFailure failure =
          catchThrowableOfType(
              ProofFailure.class,
              () -> restore.run(restore.plan(Restores.request(archive, choices, table)), progress));
      assertThat(failure.kind()).isEqualTo(Kind.MISMATCH);
      assertThat(failure).hasMessageContaining("the target is unchanged");
      assertThat(failure.getMessage()).doesNotContain("hidden");
      assertThat(Restores.schemas(target)).isEmpty();
      if (failure.rows().isPresent()) {
        archive.live().ifPresent(LiveData::checkReadOnly);
      }
      return failure;
    }
  }

  /// {@return how the restore of a lost table ends whose staged rows are changed before they are proved}
  private ProofFailure tampered(boolean live, Database target, String table, String sql) {
    return failure(
        live,
        target,
        at("build", () -> tamper(target, table, sql)),
        UnaryOperator.identity(),
        table);
  }

  private static DifferingRows rows(ProofFailure failure) {
    return failure
        .rows()
        .orElseThrow(() -> new AssertionError("no rows: " + failure.getMessage(), failure));
  }

  private static Progress at(String phase, Runnable action) {
    return new Progress() {
      @Override
      public void phase(String name) {
        if (name.equals(phase)) {
          action.run();
        }
      }
    };
  }

  /// Changes staged rows behind the run's back.
  private static void tamper(Database target, String table, String sql) {
    String staged =
        target.queryValue(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pgmend' AND c.relkind = 'r' AND (c.relname = '%s' OR c.relname ~ '^rows_')"
                .formatted(table));
    target.execute(sql.replace("$t", String.valueOf(staged)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stagedRowsThatDifferAreNamedByTheirKeys(boolean live) {
    try (Database target = Database.create(Servers.shared())) {
      ProofFailure failure =
          tampered(
              live,
              target,
              "n",
              "DELETE FROM $t WHERE id IN (7, 9); UPDATE $t SET v = 'w', x = (x || '0')::numeric WHERE id = 8; INSERT INTO $t VALUES (-5, 'new')");
      DifferingRows rows = rows(failure);
      assertThat(rows.key()).containsExactly("id");
      assertThat(List.of(rows.missing(), rows.changed(), rows.extra()))
          .isEqualTo(List.of(2L, 1L, 1L));
      assertThat(rows.samples())
          .containsExactlyInAnyOrder(
              new Sample(DifferingRows.Kind.MISSING, "(7)", List.of()),
              new Sample(DifferingRows.Kind.MISSING, "(9)", List.of()),
              new Sample(DifferingRows.Kind.CHANGED, "(8)", List.of("v", "x")),
              new Sample(DifferingRows.Kind.EXTRA, "(-5)", List.of()));
      assertThat(failure)
          .hasMessageContaining(" rows with hash ")
          .hasMessageContaining("rows that differ, by (\"id\"): 2 missing (")
          .hasMessageContaining("; 1 changed (8) in \"v\", \"x\"; 1 extra (-5); the target");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereManyDifferAllAreCountedAndSomeNamed(boolean live) {
    try (Database target = Database.create(Servers.shared())) {
      ProofFailure failure =
          tampered(
              live,
              target,
              "n",
              "DELETE FROM $t WHERE id % 5 = 0; UPDATE $t SET v = 'w' WHERE id % 5 = 1");
      DifferingRows rows = rows(failure);
      assertThat(List.of(rows.missing(), rows.changed(), rows.extra()))
          .isEqualTo(List.of(ROWS / 5L, ROWS / 5L, 0L));
      assertThat(rows.samples()).hasSize(DifferingRows.SHOWN);
      assertThat(rows.samples()).filteredOn(one -> one.columns().equals(List.of("v"))).hasSize(5);
      assertThat(failure).hasMessageContaining(" and 995 more");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsWithoutAKeyAreToldByTheirValues(boolean live) {
    try (Database target = Database.create(Servers.shared())) {
      // Of two equal rows one goes.
      ProofFailure failure =
          tampered(
              live,
              target,
              "k",
              "INSERT INTO $t VALUES (1, NULL), (1, NULL), (2, 'b1'); DELETE FROM $t WHERE b = 'b2500'");
      DifferingRows rows = rows(failure);
      assertThat(rows.key()).isEmpty();
      assertThat(List.of(rows.missing(), rows.changed(), rows.extra()))
          .isEqualTo(List.of(1L, 0L, 3L));
      assertThat(rows.samples().stream().map(Sample::row))
          .containsExactlyInAnyOrder("(0,b2500)", "(1,)", "(1,)", "(2,b1)");
    }
  }

  @Test
  void rowsThatTwoServersDoNotHashAlikeAreReadOnceMore() {
    try (Database target = Database.create(Servers.shared())) {
      target.execute("CREATE DOMAIN d AS text");
      ProofFailure failure = tampered(true, target, "o", "UPDATE $t SET v = NULL WHERE a = 12");
      assertThat(rows(failure).samples())
          .containsExactly(new Sample(DifferingRows.Kind.CHANGED, "(12,\"b,12\")", List.of("v")));
    }
  }

  @Test
  void anExchangedTableStaysAsItWas() {
    try (Database target = Database.create(Servers.shared())) {
      target.execute(TABLES);
      target.execute("UPDATE n SET v = 'today'");
      Map<String, String> before = Fingerprint.of(target);
      ProofFailure failure =
          failure(
              true,
              target,
              at("build", () -> tamper(target, "n", "UPDATE $t SET v = 'w' WHERE id = 8")),
              request -> request.with(Mode.SWAP),
              "n");
      assertThat(rows(failure).samples())
          .containsExactly(new Sample(DifferingRows.Kind.CHANGED, "(8)", List.of("v")));
      Restores.assertSame(before, target);
    }
  }

  /// Rows that were not staged, for the live table has them, are not missing.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereOnlySomeRowsWereStagedOnlyTheseAreLookedAt(boolean live) {
    try (Database target = Database.create(Servers.shared())) {
      target.execute(TABLES);
      target.execute("DELETE FROM n WHERE id BETWEEN 10 AND 12");
      ProofFailure failure =
          failure(
              live,
              target,
              at("verify", () -> tamper(target, "n", "UPDATE $t SET v = 'w' WHERE id = 11")),
              request -> request.change().policy(RowPolicy.EXACT).build(),
              "n");
      DifferingRows rows = rows(failure);
      assertThat(List.of(rows.missing(), rows.changed(), rows.extra()))
          .isEqualTo(List.of(0L, 1L, 0L));
      assertThat(rows.samples())
          .containsExactly(new Sample(DifferingRows.Kind.CHANGED, "(11)", List.of("v")));
    }
  }

  /// Someone writes into a chunk that was the same, after it was compared.
  @Test
  void aLiveRowThatIsWrittenMeanwhileIsNamed() {
    try (Database target = Database.create(Servers.shared())) {
      target.execute(TABLES);
      target.execute("DELETE FROM n WHERE id = 100");
      Progress meddling =
          new Progress() {
            @Override
            public boolean counted(List<RowChange> changes) {
              target.execute("UPDATE n SET v = 'meanwhile' WHERE id = 3000");
              return true;
            }
          };
      ProofFailure failure =
          failure(
              true,
              target,
              meddling,
              request -> request.change().policy(RowPolicy.EXACT).build(),
              "n");
      assertThat(failure).hasMessageContaining("written by someone since it was compared");
      assertThat(rows(failure).samples())
          .containsExactly(new Sample(DifferingRows.Kind.CHANGED, "(3000)", List.of("v")));
      assertThat(target.queryValue("SELECT count(*) FROM n")).isEqualTo("" + (ROWS - 1));
    }
  }

  @Test
  void aTriggerThatChangesRestoredRowsIsFoundOutByThem() {
    try (Database target = Database.create(Servers.shared())) {
      target.execute(TABLES);
      target.execute(
          """
          UPDATE n SET x = 0 WHERE id BETWEEN 10 AND 15;
          CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v = 'w'; RETURN NEW; END $$;
          CREATE TRIGGER meddle BEFORE UPDATE ON n FOR EACH ROW EXECUTE FUNCTION meddle()
          """);
      PgmendException failure = firing(target, "n");
      assertThat(failure)
          .hasMessageContaining("are not what they were to be")
          .hasMessageContaining("6 changed (10) in \"v\", (11) in \"v\"");
      assertThat(ProofFailure.rows(failure))
          .hasValueSatisfying(rows -> assertThat(rows.changed()).isEqualTo(6));
    }
  }

  @Test
  void aTriggerOnATableWithoutAKeyIsFoundOutByWholeRows() {
    try (Database target = Database.create(Servers.shared())) {
      target.execute(TABLES);
      target.execute(
          """
          DELETE FROM k WHERE b IN ('b0', 'b2500');
          CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b = 'w'; RETURN NEW; END $$;
          CREATE TRIGGER meddle BEFORE INSERT ON k FOR EACH ROW EXECUTE FUNCTION meddle()
          """);
      assertThat(firing(target, "k"))
          .hasMessageContaining(
              "which have no key: 2 missing (0,b2500), (1,b0); 2 extra (0,w), (1,w)");
    }
  }

  /// {@return why a mend fails that lets triggers run}
  private PgmendException firing(Database target, String table) {
    RowPolicy policy =
        new RowPolicy(
            RowPolicy.Rows.EXACT,
            "",
            List.of(),
            Optional.empty(),
            RowPolicy.Conflicts.FAIL,
            RowPolicy.Triggers.FIRE);
    try (Archive archive = open(false);
        TableRestore restore = TableRestore.open(archive, Restores.target(target.uri()))) {
      return catchThrowableOfType(
          PgmendException.class,
          () ->
              restore.run(
                  restore.plan(
                      Restores.request(
                          archive,
                          request -> request.change().mode(Mode.MEND).policy(policy).build(),
                          table)),
                  Progress.NONE));
    }
  }

  @Test
  void aSourceThatIsLostMeanwhileDoesNotHideWhatWasFound() {
    try (Database target = Database.create(Servers.shared())) {
      target.execute("CREATE DOMAIN d AS text");
      ProofFailure failure =
          failure(
              true,
              target,
              at(
                  "build",
                  () -> {
                    tamper(target, "o", "DELETE FROM $t WHERE a = 7");
                    source.query(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
                  }),
              UnaryOperator.identity(),
              "o");
      assertThat(failure)
          .hasMessageContaining("5000 rows with hash")
          .hasMessageContaining("which rows differ could not be found out: ");
      assertThat(failure.rows()).isEmpty();
      assertThat(failure.getSuppressed()).isNotEmpty();
    }
  }
}
