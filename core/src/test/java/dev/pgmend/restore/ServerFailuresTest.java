package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.postgres.Session;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the server fails is told with what to do next, and doing it helps.
class ServerFailuresTest {
  private static final UnaryOperator<Request> MISSING =
      request -> request.change().policy(RowPolicy.of(RowPolicy.Rows.MISSING)).build();

  @AutoClose private final Database database = Database.create();

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  /// As with an index that was corrupt where the backup was made.
  @Test
  void theBackupsOwnRowsAreNotUnique() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE t (id int, n text); INSERT INTO t VALUES (1, 'a'), (1, 'b');
            CREATE INDEX tu ON t (id); UPDATE pg_index SET indisunique = true WHERE indexrelid = 'tu'::regclass;
            """,
            "DROP TABLE t")) {
      PgmendException failure = failure(db, UnaryOperator.identity(), "t");
      assertThat(failure.hint())
          .contains("The backup's own rows of \"public\".\"t\" are not unique by id")
          .contains("pgmend extract '%s' '\"public\".\"t\"' -o rows.csv".formatted(db.archive()));
    }
  }

  @Test
  void rowsOfTodayKeepALostKeyFromComingBack() {
    try (Scratch db =
        new Scratch(
            "CREATE TABLE t (id int PRIMARY KEY, n text); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
            "ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (1, 'z')")) {
      PgmendException failure = failure(db, MISSING, "t");
      assertThat(failure.hint())
          .contains(
              "SELECT id, count(*) FROM \"public\".\"t\" GROUP BY id HAVING count(*) > 1;",
              "--rows exact",
              "--mode swap");
      assertThat(db.database.query(query(failure))).containsExactly(List.of("1", "2"));
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }

  private static String query(PgmendException failure) {
    String hint = String.valueOf(failure.hint());
    return hint.substring(hint.indexOf("SELECT"), hint.indexOf(';'));
  }

  @Test
  void aFunctionOfACheckReadsATableThatIsGone() {
    try (Scratch db =
        new Scratch(
            """
            CREATE TABLE a (id int); INSERT INTO a VALUES (9);
            CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM public.a WHERE id >= $1); END';
            CREATE TABLE t (id int CHECK (ok(id))); INSERT INTO t VALUES (1);
            """,
            "DROP TABLE t, a")) {
      PgmendException failure = failure(db, UnaryOperator.identity(), "t");
      assertThat(failure.hint())
          .contains(
              "Function public.ok(integer)", "restore a table that it reads in the same command");
      assertThat(db.restore("t", "a").status()).isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }

  private static PgmendException failure(
      Scratch db, UnaryOperator<Request> choices, String... tables) {
    Map<String, String> before = Fingerprint.of(db.database);
    PgmendException failure =
        assertThrows(PgmendException.class, () -> db.restore(choices, tables));
    assertThat(failure.kind()).as("%s", failure).isEqualTo(Kind.TARGET);
    Restores.assertSame(before, db.database);
    assertThat(Restores.schemas(db.database)).isEmpty();
    return failure;
  }

  @ParameterizedTest
  @CsvSource({"53100, pgmend clean RUN", "53200, --jobs 1"})
  void theServerLacksRoom(String state, String hint) {
    try (Session session = Session.open(Restores.target(database.uri()))) {
      PgmendException failure =
          assertThrows(
              PgmendException.class,
              () ->
                  session.execute(
                      "DO $$BEGIN RAISE 'no room' USING ERRCODE = '%s'; END$$".formatted(state)));
      assertThat(failure.hint()).contains(hint);
    }
  }

  @Test
  void aSchemaMayNotBeUsedAndConnectionsAreUsedUp() {
    database.execute(
        "CREATE ROLE hinted LOGIN CONNECTION LIMIT 1; CREATE SCHEMA \"Shut\"; CREATE TABLE \"Shut\".t ()");
    try (Session session = Session.open(Restores.target(database.uri("hinted")))) {
      PgmendException denied =
          assertThrows(PgmendException.class, () -> session.execute("SELECT FROM \"Shut\".t"));
      assertThat(denied.hint()).contains("GRANT USAGE, CREATE ON SCHEMA \"Shut\" TO ROLE;");
      PgmendException refused =
          assertThrows(
              PgmendException.class,
              () -> Session.open(Restores.target(database.uri("hinted"))).close());
      assertThat(refused.kind()).isEqualTo(Kind.CONNECTION);
      assertThat(refused.hint()).contains("CONNECTION LIMIT").contains("not touched");
    } finally {
      database.execute("DROP ROLE hinted");
    }
  }
}
