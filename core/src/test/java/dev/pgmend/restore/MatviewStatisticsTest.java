package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.Mode;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A materialized view is built again for a swap, with its extended statistics, wherever these are and whatever they are called.
class MatviewStatisticsTest {
  private static final String SOURCE =
      """
      CREATE SCHEMA "sta ts";
      CREATE TABLE t (id int PRIMARY KEY, a int, b int);
      INSERT INTO t SELECT i, i % 7, i % 5 FROM generate_series(1, 500) AS i;
      CREATE STATISTICS of_table ON a, b FROM t;
      CREATE MATERIALIZED VIEW v AS SELECT a, id FROM t;
      CREATE STATISTICS st ON a, id FROM v;
      CREATE STATISTICS v (ndistinct) ON id, a FROM v;
      CREATE STATISTICS "sta ts"."o dd" ON (a + id), (a * 2) FROM v;
      ALTER STATISTICS st SET STATISTICS 33;
      COMMENT ON STATISTICS st IS 'it''s st';
      CREATE MATERIALIZED VIEW w AS SELECT a, count(*) AS n FROM v GROUP BY a;
      CREATE STATISTICS of_w ON a, n FROM w;
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @Test
  void theyFollowASwapAndAnUndo() {
    try (Small db = new Small(SOURCE)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DELETE FROM t WHERE id > 100");
      Map<String, String> before = db.fingerprint();
      Outcome outcome = db.restore(request -> request.with(Mode.SWAP), "t");
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
      Restores.clean(db.target(), outcome.run());
      assertThat(Restores.schemas(db.database())).isEmpty();
      Restores.clean(db.target(), db.restore(request -> request.with(Mode.SWAP), "t").run());
      assertThat(Restores.schemas(db.database())).isEmpty();
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  /// Whoever may not give them back what they had is told in the plan.
  @Test
  void statisticsOfSomebodyElseAreRefused() {
    String roles =
        "DO 'BEGIN CREATE ROLE matview_statistics_a LOGIN; CREATE ROLE matview_statistics_b; EXCEPTION WHEN duplicate_object THEN NULL; END';";
    try (Small setUp = new Small(roles)) {
      assertThat(setUp.fingerprint()).isNotNull();
    }
    try (Small db =
        new Small(
            """
            CREATE TABLE t (id int PRIMARY KEY, a int);
            CREATE MATERIALIZED VIEW v AS SELECT a, id FROM t;
            CREATE STATISTICS st ON a, id FROM v;
            ALTER TABLE t OWNER TO matview_statistics_a;
            ALTER MATERIALIZED VIEW v OWNER TO matview_statistics_a;
            ALTER STATISTICS st OWNER TO matview_statistics_b;
            """,
            "matview_statistics_a")) {
      assertThat(db.plan(request -> request.with(Mode.SWAP), "t").refusals())
          .singleElement()
          .satisfies(refusal -> {
            assertThat(refusal.code()).isEqualTo("membership");
            assertThat(refusal.reason()).contains("\"public\".\"st\"", "matview_statistics_b");
            assertThat(refusal.remedy()).contains("GRANT \"matview_statistics_b\"");
          });
    }
  }
}
