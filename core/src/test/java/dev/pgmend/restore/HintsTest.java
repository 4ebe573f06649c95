package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a refusal says to type can be typed.
class HintsTest {
  private static final String TABLE =
      """
      CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b'), (2, 'a', 'b');
      CREATE FUNCTION f(t) RETURNS text LANGUAGE sql AS 'SELECT $1.a';
      CREATE PUBLICATION hints FOR TABLE t\
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void aTableThatCannotBeExchangedIsMendedWithTheColumnsOfToday() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t DROP b; DELETE FROM t WHERE id = 1")) {
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .extracting(Refusal::code)
          .contains("row-type", "publication");
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .filteredOn(refusal -> List.of("row-type", "publication").contains(refusal.code()))
          .allSatisfy(
              refusal -> assertThat(refusal.remedy()).contains("--mode mend --drop-columns"));
      assertThat(
              db.restore(
                      request ->
                          request
                              .change()
                              .mode(Mode.MEND)
                              .columns(new ColumnPolicy(List.of(), true, false))
                              .build(),
                      "t")
                  .status())
          .isEqualTo(Status.DONE);
    }
  }

  @Test
  void aTableThatCannotBeMendedEitherIsRestoredBeside() {
    try (Small db =
        new Small(TABLE)
            .since(
                "ALTER TABLE t DROP b; ALTER TABLE t ADD b text GENERATED ALWAYS AS (a) STORED")) {
      Map<String, String> before = db.fingerprint();
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .filteredOn(refusal -> List.of("row-type", "publication").contains(refusal.code()))
          .isNotEmpty()
          .allSatisfy(refusal ->
              assertThat(refusal.remedy())
                  .contains("--remap-table '\"public\".\"t\"=t_backup'")
                  .contains("generated in the live table")
                  .doesNotContain("--mode mend"));
      assertThat(db.difference(before)).isEmpty();
    }
  }
}
