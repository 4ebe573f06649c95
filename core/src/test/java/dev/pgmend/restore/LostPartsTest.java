package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
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

/// What `DROP TABLE … CASCADE` takes out of things that stay: columns and attributes of the row type, checks that use it, and
/// names that another object has taken since.
class LostPartsTest {
  private static final String LAST_COLUMNS =
      """
      CREATE TABLE b (id int PRIMARY KEY, n text); INSERT INTO b VALUES (1, 'x'), (2, 'y');
      CREATE TABLE s (id int PRIMARY KEY, at date, b b DEFAULT '(1,d)', bs b[]);
      INSERT INTO s SELECT g, '2024-01-01', row(g, 'q"\\' || g)::b, array[row(g, 'a')::b, null] FROM generate_series(1, 5) g;
      INSERT INTO s VALUES (6, null, null, null);
      COMMENT ON COLUMN s.b IS 'c'; ALTER TABLE s ALTER b SET STATISTICS 50;
      CREATE INDEX si ON s (((b).n)); CREATE VIEW sv AS SELECT id, (b).n FROM s;
      CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END';
      CREATE TRIGGER f BEFORE UPDATE ON s FOR EACH ROW EXECUTE FUNCTION f();
      CREATE TABLE log (id int, what regclass); INSERT INTO log VALUES (1, 'b'), (2, 's'), (3, null);
      """;

  @BeforeAll
  static void needsClientTools() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LAST_COLUMNS,
        "CREATE TABLE b (id int PRIMARY KEY); CREATE TYPE s AS (y int, z b); COMMENT ON COLUMN s.z IS 'c';"
            + "CREATE FUNCTION f(s) RETURNS int RETURN (($1).z).id",
        "CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b VALUES (1);"
            + "CREATE FUNCTION f(int) RETURNS bool RETURN EXISTS (SELECT FROM b WHERE id = $1);"
            + "CREATE DOMAIN d AS int CHECK (VALUE > 0) CHECK (f(VALUE)); CREATE TABLE u (x d); INSERT INTO u VALUES (1)"
      })
  void comeBackAndGoAgain(String source) {
    try (Scratch scratch = new Scratch(source, "DROP TABLE b CASCADE")) {
      Map<String, String> wrecked = Fingerprint.of(scratch.database);
      Outcome outcome = scratch.restore("public.b");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      scratch.assertPristine();
      Restores.undo(scratch.target(), outcome.run(), false);
      Restores.clean(scratch.target(), outcome.run());
      Restores.assertSame(wrecked, scratch.database);
    }
  }

  @Test
  void aRowThatTheBackupDoesNotHaveIsNamed() {
    try (Scratch scratch =
        new Scratch(LAST_COLUMNS, "DROP TABLE b CASCADE; INSERT INTO s VALUES (77)")) {
      BadTargetTest.assertFails(() -> scratch.restore("public.b"), Kind.REFUSED);
      assertThat(Restores.schemas(scratch.database)).isEmpty();
    }
  }

  @Test
  void aColumnInTheMiddleNeedsTheWholeTable() {
    try (Scratch scratch =
        new Scratch(LAST_COLUMNS + "ALTER TABLE s ADD z int", "DROP TABLE b CASCADE")) {
      assertThat(scratch.plan(UnaryOperator.identity(), "public.b").refusals())
          .anySatisfy(refusal -> {
            assertThat(refusal.code()).isEqualTo("column");
            assertThat(refusal.remedy())
                .contains("pgmend restore '\"public\".\"b\"' '\"public\".\"s\"' --mode swap");
          });
      Outcome outcome = scratch.restore(request -> request.with(Mode.SWAP), "public.b", "public.s");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      scratch.assertPristine();
    }
  }

  @Test
  void tablesOfEachOthersRowTypesComeBackTogether() {
    try (Scratch scratch = new Scratch(LAST_COLUMNS, "DROP TABLE b, s CASCADE")) {
      assertThat(scratch.restore("public.b", "public.s").status()).isEqualTo(Status.DONE);
      scratch.assertPristine();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DROP TABLE b; CREATE INDEX b_pkey ON u (a)             | taken
          DROP TABLE b; CREATE SEQUENCE b_n_seq                  | taken
          DROP TABLE b; CREATE TYPE b AS ENUM ()                 | taken
          ALTER TABLE b RENAME TO b_old                          | renamed
          CREATE SCHEMA z; ALTER TABLE b SET SCHEMA z            | renamed
          """)
  void namesInTheWayAreFoundInThePlan(String happens, String code) {
    String source =
        "CREATE TABLE b (id int PRIMARY KEY, n serial); CREATE TABLE u (a int); CREATE VIEW v AS SELECT 1 FROM b";
    try (Scratch scratch =
        new Scratch(source, code.equals("taken") ? "DROP VIEW v; " + happens : happens)) {
      assertThat(scratch.plan(UnaryOperator.identity(), "public.b").refusals())
          .extracting(refusal -> refusal.code())
          .contains(code);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER TABLE r DETACH PARTITION r1; DELETE FROM r1; ALTER TABLE r ATTACH PARTITION r1 FOR VALUES FROM (0) TO (5) | MEND
          DROP TABLE r1; INSERT INTO r VALUES (3)                                                                        |
          DROP TABLE r1; CREATE TABLE rx PARTITION OF r FOR VALUES FROM (2) TO (3)                                       |
          """)
  void partitionsThatNoLongerFit(String happens, Mode mode) {
    String source =
        "CREATE TABLE r (d int) PARTITION BY RANGE (d); CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);"
            + "CREATE TABLE rd PARTITION OF r DEFAULT; INSERT INTO r SELECT generate_series(0, 20)";
    try (Scratch scratch = new Scratch(source, happens)) {
      Map<String, String> before = Fingerprint.of(scratch.database);
      BadTargetTest.assertFails(
          () ->
              scratch.restore(request -> mode == null ? request : request.with(mode), "public.r1"),
          Kind.REFUSED);
      Restores.assertSame(before, scratch.database);
    }
  }
}
