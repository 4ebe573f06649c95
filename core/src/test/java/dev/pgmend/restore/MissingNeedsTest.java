package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a table needs and the target lacks: refused by name, before anything is changed.
@TestInstance(Lifecycle.PER_CLASS)
class MissingNeedsTest {
  private static final String SOURCE =
      """
      CREATE SCHEMA a; CREATE TYPE a.mood AS ENUM ('sad', 'ok');
      CREATE FUNCTION a.good(a.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
      CREATE SEQUENCE a.numbers;
      CREATE TABLE a.parent (id int PRIMARY KEY); INSERT INTO a.parent VALUES (1);
      CREATE TABLE a.t (id int DEFAULT nextval('a.numbers') PRIMARY KEY, m a.mood CHECK (a.good(m)), p int REFERENCES a.parent);
      INSERT INTO a.t (m, p) VALUES ('ok', 1);
      ALTER TABLE a.t OWNER TO missing_owner; GRANT SELECT ON a.t TO missing_reader;
      """;

  @TempDir private static Path directory;

  private Path archive;
  private Database source;

  @BeforeAll
  void dump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    archive = directory.resolve("needs.dump");
    source = Database.create(Servers.shared());
    source.execute("CREATE ROLE missing_owner; CREATE ROLE missing_reader;" + SOURCE);
    Client.dump(source, archive, false, List.of("-Fc"));
    source.execute("DROP TABLE a.t");
  }

  @AfterAll
  void drop() {
    if (source != null) {
      for (String role : new String[] {"missing_owner", "missing_reader", "missing_other"}) {
        source.execute("DROP ROLE IF EXISTS " + role);
      }
      source.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ALTER SCHEMA a RENAME TO b               | a
          ALTER TYPE a.mood RENAME TO temper       | mood
          DROP FUNCTION a.good                     | good
          DROP SEQUENCE a.numbers                  | numbers
          DROP TABLE a.parent                      | parent
          ALTER ROLE missing_owner RENAME TO missing_other  | missing_owner
          ALTER ROLE missing_reader RENAME TO missing_other | missing_reader
          """)
  void refusesByName(String lack, String name) {
    try (Database database = source.copy()) {
      database.execute(lack);
      try {
        ConnectionTarget target = Restores.target(database.uri());
        Map<String, String> before = Fingerprint.of(database);
        Plan plan = Restores.plan(archive, target, UnaryOperator.identity(), "a.t");
        assertThat(plan.refusals())
            .anySatisfy(refusal -> {
              assertThat(refusal.code()).isEqualTo("missing");
              assertThat(refusal.reason()).contains(name);
            });
        BadTargetTest.assertFails(
            () -> Restores.run(archive, target, Progress.NONE, UnaryOperator.identity(), "a.t"),
            Kind.REFUSED);
        Restores.assertSame(before, database);
        assertThat(Restores.schemas(database)).isEmpty();
      } finally {
        if (lack.startsWith("ALTER ROLE")) {
          database.execute("ALTER ROLE missing_other RENAME TO " + name);
        }
      }
    }
  }

  @Test
  void restoresWhenNothingLacks() {
    try (Database database = source.copy()) {
      assertThat(
              Restores.run(
                      archive,
                      Restores.target(database.uri()),
                      Progress.NONE,
                      UnaryOperator.identity(),
                      "a.t")
                  .status())
          .isEqualTo(Status.DONE);
      assertThat(database.queryLong("SELECT count(*) FROM a.t")).isEqualTo(1);
    }
  }
}
