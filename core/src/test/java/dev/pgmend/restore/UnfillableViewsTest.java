package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A materialized view whose query fails keeps nobody from the table, once he has said that the view may be without rows.
class UnfillableViewsTest {
  private static final String DIVISION =
      """
      CREATE TABLE t (id int PRIMARY KEY, d int); INSERT INTO t VALUES (1, 1);
      CREATE MATERIALIZED VIEW mv AS SELECT id, 1 / d AS x FROM t; CREATE UNIQUE INDEX mvi ON mv (id);
      CREATE MATERIALIZED VIEW "On it" AS SELECT x FROM mv; INSERT INTO t VALUES (2, 0);
      """;

  private static final String FUNCTION =
      """
      CREATE TABLE t (id int PRIMARY KEY, d int); INSERT INTO t VALUES (1, 1);
      CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN IF $1 = 0 THEN RAISE ''none''; END IF; RETURN $1; END';
      CREATE MATERIALIZED VIEW mv AS SELECT f(d) AS x FROM t; INSERT INTO t VALUES (2, 0);
      """;

  private static final UnaryOperator<Request> SKIPPING =
      request -> request.change().skipMissing(true).build();

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void itsOwnerMayNotReadTheTable() {
    try (Scratch db =
        new Scratch(
            """
            CREATE ROLE unfillable; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
            CREATE MATERIALIZED VIEW mv AS SELECT id FROM t; ALTER MATERIALIZED VIEW mv OWNER TO unfillable;
            """,
            "DROP TABLE t CASCADE")) {
      try {
        refusedThenLeftEmpty(db, UnaryOperator.identity(), "role \"unfillable\"");
      } finally {
        db.database.execute("DROP OWNED BY unfillable; DROP ROLE unfillable");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DROP TABLE t CASCADE,",
    "DELETE FROM t WHERE id = 1, SWAP",
    "DROP MATERIALIZED VIEW mv CASCADE,",
  })
  void itsQueryFailsOnTheRows(String happens, Mode mode) {
    UnaryOperator<Request> way = request -> mode == null ? request : request.with(mode);
    try (Scratch db = new Scratch(DIVISION, happens)) {
      Outcome outcome = refusedThenLeftEmpty(db, way, "division by zero");
      assertThat(outcome.notes())
          .filteredOn(note -> note.startsWith("NOT FILLED"))
          .hasSize(2)
          .anyMatch(note -> note.endsWith("REFRESH MATERIALIZED VIEW \"public\".\"On it\";"));
    }
    try (Scratch db = new Scratch(FUNCTION, happens)) {
      refusedThenLeftEmpty(db, way, "none");
    }
  }

  private static Outcome refusedThenLeftEmpty(
      Scratch db, UnaryOperator<Request> way, String reason) {
    Map<String, String> accident = Fingerprint.of(db.database);
    PgmendException refused = assertThrows(PgmendException.class, () -> db.restore(way, "t"));
    assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
    assertThat(refused)
        .hasMessageContaining("\"mv\" cannot be filled")
        .hasMessageContaining(reason);
    assertThat(refused.hint())
        .contains("--skip-missing")
        .contains("REFRESH MATERIALIZED VIEW \"public\".\"mv\";");
    Restores.assertSame(accident, db.database);
    assertThat(Restores.schemas(db.database)).isEmpty();

    Outcome outcome = db.restore(request -> SKIPPING.apply(way.apply(request)), "t");
    assertThat(outcome.status()).isEqualTo(Status.DONE);
    assertThat(outcome.notes())
        .anyMatch(note ->
            note.startsWith("NOT FILLED: materialized view \"public\".\"mv\"")
                && note.contains(reason)
                && note.endsWith("REFRESH MATERIALIZED VIEW \"public\".\"mv\";"));
    assertThat(
            db.database.queryValue(
                "SELECT relispopulated FROM pg_class WHERE oid = 'mv'::regclass"))
        .isEqualTo("f");
    Restores.undo(db.target(), outcome.run(), false);
    Restores.clean(db.target(), outcome.run());
    Restores.assertSame(accident, db.database);
    return outcome;
  }

  @Test
  void oneThatCanBeFilledIsFilled() {
    try (Scratch db =
        new Scratch(
            "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW mv AS SELECT id FROM t",
            "DROP TABLE t CASCADE")) {
      assertThat(db.restore(SKIPPING, "t").notes()).noneMatch(note -> note.contains("NOT FILLED"));
      db.assertPristine();
      assertThat(db.database.queryLong("SELECT count(*) FROM mv")).isEqualTo(1);
    }
  }

  /// None of these is a reason to refuse.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GRANT SELECT ON t TO fillable",
        "GRANT SELECT (id) ON t TO fillable",
        "GRANT ALL ON t TO PUBLIC",
        "GRANT SELECT ON t TO fillables; GRANT fillables TO fillable",
        "GRANT pg_read_all_data TO fillable",
        "ALTER TABLE t OWNER TO fillable"
      })
  void itsOwnerMayReadTheTable(String right) {
    try (Scratch db =
        new Scratch(
            """
            CREATE ROLE fillable; CREATE ROLE fillables; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
            CREATE MATERIALIZED VIEW mv AS SELECT id FROM t; ALTER MATERIALIZED VIEW mv OWNER TO fillable;
            CREATE MATERIALIZED VIEW on_it AS SELECT id FROM mv; ALTER MATERIALIZED VIEW on_it OWNER TO fillable;
            %s
            """
                .formatted(right),
            "DROP TABLE t CASCADE")) {
      try {
        assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
        db.assertPristine();
        assertThat(db.database.queryLong("SELECT count(*) FROM on_it")).isEqualTo(1);
      } finally {
        db.database.execute(
            "DROP OWNED BY fillable, fillables CASCADE; DROP ROLE fillable, fillables");
      }
    }
  }
}
