package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.load.Effort;
import dev.pgmend.plan.Mode;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Keys take an index that was built before them, beside others: what comes back is the key that was there.
@TestInstance(Lifecycle.PER_CLASS)
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

  @TempDir private static Path directory;

  private Path archive;
  private Database source;

  @BeforeAll
  void dump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    archive = directory.resolve("keys.dump");
    source = Database.create(Servers.shared());
    source.execute(SOURCE);
    Client.dump(source, archive, false, List.of("-Fc"));
  }

  @AfterAll
  void drop() {
    if (source != null) {
      source.close();
    }
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
    try (Database database = source.copy()) {
      Map<String, String> before = Fingerprint.of(database);
      database.execute(accident);
      ConnectionTarget target = Restores.target(database.uri());
      try (Archive opened = Archive.open(archive);
          TableRestore restore =
              TableRestore.open(opened, target).with(new Effort(jobs, Effort.Verify.FULL, 0))) {
        assertThat(
                restore
                    .run(
                        restore.plan(
                            Restores.request(
                                opened,
                                request ->
                                    Optional.ofNullable(mode).map(request::with).orElse(request),
                                table)),
                        Progress.NONE)
                    .status())
            .isEqualTo(Status.DONE);
      }
      Restores.assertSame(before, database);
    }
  }
}
