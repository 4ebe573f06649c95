package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.load.Effort;
import dev.pgmend.plan.Mode;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Servers;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Keys take an index that was built before them, beside others: what comes back is the key that was there.
class KeysTest {
  private static final String SOURCE =
      """
      CREATE TABLE t (id int, "a, b" text COLLATE "C" NOT NULL, c numeric, d date, r int4range, note text,
        CONSTRAINT "t (key)" PRIMARY KEY (id, "a, b") INCLUDE (c, d) WITH (fillfactor = 61),
        CONSTRAINT late UNIQUE (c) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT soon UNIQUE ("a, b", c) WITH (deduplicate_items = off) DEFERRABLE,
        CONSTRAINT nulls UNIQUE NULLS NOT DISTINCT (d, id),
        CONSTRAINT apart EXCLUDE USING gist (r WITH &&));
      CREATE INDEX t_lower ON t (lower("a, b"), id);
      CREATE UNIQUE INDEX t_sole ON t (id);
      CREATE STATISTICS together ON id, c FROM t;
      ALTER INDEX t_lower ALTER COLUMN 1 SET STATISTICS 77;
      ALTER TABLE t CLUSTER ON t_lower;
      ALTER TABLE t REPLICA IDENTITY USING INDEX "t (key)";
      COMMENT ON CONSTRAINT "t (key)" ON t IS 'the key';
      COMMENT ON INDEX late IS 'late';
      INSERT INTO t SELECT i, 'a' || i, i, '2026-01-01', int4range(i, i + 1), NULL FROM generate_series(1, 3000) AS i;
      CREATE TABLE child (id int, a text, FOREIGN KEY (id, a) REFERENCES t);
      INSERT INTO child VALUES (1, 'a1'), (7, 'a7');

      CREATE TABLE parts (id int, day date, CONSTRAINT parts_key PRIMARY KEY (id, day), UNIQUE (day, id)) PARTITION BY RANGE (day);
      CREATE TABLE january (id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day), UNIQUE (day, id));
      ALTER TABLE parts ATTACH PARTITION january FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      CREATE TABLE february (id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day), UNIQUE (day, id));
      ALTER TABLE parts ATTACH PARTITION february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
      ALTER TABLE january ADD UNIQUE (id);
      ALTER TABLE january CLUSTER ON january_pkey;
      INSERT INTO parts SELECT i, date '2026-01-01' + i FROM generate_series(0, 50) AS i;
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "auto",
      textBlock =
          """
          DROP TABLE t CASCADE                              | public.t       | auto | 1
          DROP TABLE t CASCADE                              | public.t       | auto | 2
          DROP TABLE t CASCADE                              | public.t       | auto | 4
          UPDATE t SET note = 'wrong'                       | public.t       | SWAP | 2
          DROP TABLE parts                                  | public.parts   | auto | 2
          DROP TABLE january                                | public.january | auto | 2
          UPDATE parts SET id = id + 100                    | public.parts   | SWAP | 4
          UPDATE january SET id = id + 100                  | public.january | SWAP | 2
          """)
  void keysComeBackAsTheyWere(String accident, String table, Mode mode, int jobs) {
    try (Scratch db = new Scratch(SOURCE, accident)) {
      assertThat(
              Restores.run(
                      db.archive(),
                      db.target(),
                      new Effort(jobs, Effort.Verify.FULL, 0),
                      Progress.NONE,
                      request -> Optional.ofNullable(mode).map(request::with).orElse(request),
                      table)
                  .status())
          .isEqualTo(Status.DONE);
      db.assertPristine();
    }
  }
}
