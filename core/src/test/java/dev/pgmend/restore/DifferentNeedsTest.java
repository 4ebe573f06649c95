package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a table needs is there, but not as the backup defines it.
class DifferentNeedsTest {
  private static final String SOURCE =
      """
      CREATE SCHEMA a;
      CREATE DOMAIN a.price AS numeric(12,4) DEFAULT 1 CHECK (VALUE > 0);
      CREATE TYPE a.mood AS ENUM ('sad', 'ok', 'happy');
      CREATE TYPE a.size AS (w int, h int);
      CREATE TYPE a.span AS RANGE (subtype = float8, subtype_diff = float8mi);
      CREATE COLLATION a.bytes FROM "C";
      CREATE SEQUENCE a.numbers;
      CREATE FUNCTION a.half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
      CREATE FUNCTION a.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a.half($1 * 4)';
      CREATE FUNCTION a.atomic(int) RETURNS int IMMUTABLE RETURN CASE WHEN $1 IN (1, 2) THEN 1 ELSE 2 END;
      CREATE FUNCTION a.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE AGGREGATE a.total(int) (SFUNC = int4pl, STYPE = int4, INITCOND = '0');
      CREATE TABLE a.other (x int, y numeric(9,3));
      CREATE TABLE a.t (id int DEFAULT nextval('a.numbers') PRIMARY KEY, p a.price, m a.mood, s a.size, r a.span,
        o a.other, n text COLLATE a.bytes, g int GENERATED ALWAYS AS (a.twice(id) + a.atomic(id)) STORED);
      CREATE VIEW a.v AS SELECT a.total(id) FROM a.t;
      CREATE TRIGGER touch BEFORE INSERT ON a.t FOR EACH ROW EXECUTE FUNCTION a.touch();
      INSERT INTO a.t VALUES (1, 1.2345, 'sad', '(1,2)', '[1,2)', '(1,2.345)', 'n'), (2, 2, 'ok', NULL, NULL, NULL, NULL);
      """;

  @BeforeAll
  static void needsClientTools() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void takesTheSameForTheSame() {
    try (Scratch scratch = new Scratch(SOURCE, "DELETE FROM a.t")) {
      assertThat(scratch.plan(UnaryOperator.identity(), "a.t").notices())
          .noneMatch(notice -> notice.startsWith("needed"));
      assertThat(scratch.restore("a.t").status()).isEqualTo(Status.DONE);
      scratch.assertPristine();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          DROP DOMAIN a.price; CREATE DOMAIN a.price AS numeric(12,0) DEFAULT 1 CHECK (VALUE > 0)   | "a"."price" | numeric(12,0)
          DROP TYPE a.mood; CREATE TYPE a.mood AS ENUM ('ok', 'sad', 'happy')                       | "a"."mood"  | 'ok', 'sad'
          ALTER TYPE a.mood RENAME VALUE 'ok' TO 'fine'                                             | "a"."mood"  | 'fine'
          ALTER TYPE a.size ADD ATTRIBUTE d int                                                     | "a"."size"  | d integer
          DROP TYPE a.span; CREATE TYPE a.span AS RANGE (subtype = float4)                          | "a"."span"  | real
          ALTER TABLE a.other ALTER y TYPE numeric(9,0)                                             | "a"."other" | numeric(9,0)
          CREATE OR REPLACE FUNCTION a.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 3'  | a.twice     | SELECT 3
          CREATE OR REPLACE FUNCTION a.half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 3'   | a.half      | SELECT 3
          CREATE OR REPLACE FUNCTION a.atomic(int) RETURNS int IMMUTABLE RETURN 7                   | a.atomic    | RETURN 7
          """)
  void refusesWhereValuesCouldChange(String happens, String name, String live) {
    try (Scratch scratch = new Scratch(SOURCE, "DROP TABLE a.t CASCADE; " + happens)) {
      assertThat(scratch.plan(UnaryOperator.identity(), "a.t").refusals())
          .anySatisfy(refusal -> {
            assertThat(refusal.code()).isEqualTo("need");
            assertThat(refusal.reason()).contains(name.replace("a.", "")).contains(live);
          });
      BadTargetTest.assertFails(() -> scratch.restore("a.t"), Kind.REFUSED);
      Plan accepted = scratch.plan(DifferentNeedsTest::accepting, "a.t");
      assertThat(accepted.refusals()).isEmpty();
      assertThat(accepted.notices()).anyMatch(notice -> notice.startsWith("accepted"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ALTER TYPE a.mood ADD VALUE 'soso' BEFORE 'ok'                                            | mood
          ALTER DOMAIN a.price DROP CONSTRAINT price_check                                          | price_check
          ALTER DOMAIN a.price SET DEFAULT 2                                                        | default
          ALTER SEQUENCE a.numbers INCREMENT 7                                                      | INCREMENT 7
          CREATE OR REPLACE FUNCTION a.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END' | RETURN NULL
          CREATE OR REPLACE AGGREGATE a.total(int) (SFUNC = int4pl, STYPE = int4, INITCOND = '5')   | total
          ALTER FUNCTION a.twice COST 7                                                             | COST 7
          """)
  void reportsTheRest(String happens, String name) {
    try (Scratch scratch = new Scratch(SOURCE, "DROP TABLE a.t CASCADE; " + happens)) {
      Plan plan = scratch.plan(UnaryOperator.identity(), "a.t");
      assertThat(plan.refusals()).isEmpty();
      assertThat(plan.notices())
          .anySatisfy(notice -> assertThat(notice).startsWith("needed").contains(name));
      assertThat(scratch.restore("a.t").status()).isEqualTo(Status.DONE);
    }
  }

  @Test
  void anAcceptedTypeMayNotChangeValues() {
    String happens =
        "DROP TABLE a.t CASCADE; DROP DOMAIN a.price; CREATE DOMAIN a.price AS numeric(12,0)";
    try (Scratch scratch = new Scratch(SOURCE, happens)) {
      BadTargetTest.assertFails(
          () -> scratch.restore(DifferentNeedsTest::accepting, "a.t"), Kind.MISMATCH);
      assertThat(scratch.database.queryLong("SELECT count(*) FROM pg_class WHERE relname = 't'"))
          .isZero();
      assertThat(Restores.schemas(scratch.database)).isEmpty();
    }
  }

  private static Request accepting(Request request) {
    return request.change().acceptNeeds(true).build();
  }
}
