package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

/// Inheritance children whose parents got columns after them: pg_dump's CREATE TABLE puts these columns elsewhere.
@TestInstance(Lifecycle.PER_CLASS)
class InheritedColumnsTest {
  private static final String SOURCE =
      """
      CREATE TABLE p (a int NOT NULL, CONSTRAINT small CHECK (a < 100));
      CREATE TABLE q (z text COLLATE "C");
      CREATE TABLE c (own int DEFAULT 7, twice int GENERATED ALWAYS AS (own * 2) STORED, s serial, only_here int,
        CONSTRAINT mine CHECK (own > 0), CONSTRAINT alone CHECK (only_here > 0) NO INHERIT) INHERITS (p, q) WITH (fillfactor = 50);
      ALTER TABLE p ADD late bigint DEFAULT 3, ADD CONSTRAINT ordered CHECK (late > 0);
      ALTER TABLE q ADD own int; -- merges with the child's own one
      CREATE TABLE g (deep int) INHERITS (c);
      ALTER TABLE p ADD latest date NOT NULL DEFAULT '2026-01-01';
      ALTER TABLE c ADD PRIMARY KEY (s);
      INSERT INTO c (a, own, only_here) SELECT i, i, i FROM generate_series(1, 20) AS i;
      INSERT INTO g (a, z, deep) VALUES (1, 'x', 2), (2, 'y', 3);
      INSERT INTO p (a) VALUES (5);
      """;

  @TempDir private static Path directory;

  private Path archive;
  private Database source;

  @BeforeAll
  void dump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    archive = directory.resolve("inherited.dump");
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
          DROP TABLE g                           | public.g            | auto
          DROP TABLE c CASCADE                   | public.c            | auto
          DROP TABLE p CASCADE                   | public.p            | auto
          DROP TABLE p, q CASCADE                | public.p public.q   | auto
          DELETE FROM g                          | public.g            | auto
          DELETE FROM c WHERE s < 9              | public.c            | auto
          DELETE FROM ONLY c                     | public.c            | SWAP
          UPDATE g SET z = 'wrong'               | public.g            | SWAP
          """)
  void columnsComeBackInTheirPlaces(String accident, String tables, Mode mode) {
    try (Database database = source.copy()) {
      Map<String, String> before = Fingerprint.of(database);
      database.execute(accident);
      ConnectionTarget target = Restores.target(database.uri());
      assertThat(
              Restores.run(
                      archive,
                      target,
                      Progress.NONE,
                      request -> Optional.ofNullable(mode).map(request::with).orElse(request),
                      tables.split(" "))
                  .status())
          .isEqualTo(Status.DONE);
      Restores.assertSame(before, database);
      assertThat(columns(database)).isEqualTo(columns(source));
    }
  }

  private static List<String> columns(Database database) {
    return database.queryColumn(
        """
        SELECT format('%s.%s %s %s', attrelid::regclass, attname, attislocal, attinhcount)
        FROM pg_attribute WHERE attrelid IN ('p'::regclass, 'q'::regclass, 'c'::regclass, 'g'::regclass) AND attnum > 0
        ORDER BY attrelid::regclass::text, attnum
        """);
  }
}
