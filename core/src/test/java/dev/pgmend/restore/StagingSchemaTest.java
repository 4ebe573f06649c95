package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A role that may create tables in one schema and no schemas: with `--staging-schema` the run keeps its journal and rows there, even
/// in the table's own schema, is found again, taken back and cleaned, and leaves what others have there alone.
class StagingSchemaTest {
  private static final String ROLE = "staging_test_role";

  private static final String TABLES =
      """
      CREATE SCHEMA app AUTHORIZATION %1$s;
      CREATE SCHEMA "Odd ""Place" AUTHORIZATION %1$s;
      SET ROLE %1$s;
      CREATE TABLE app.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL CHECK (state <> ''), note text DEFAULT 'none');
      CREATE INDEX orders_state ON app.orders (state) WHERE note IS NOT NULL;
      CREATE STATISTICS app.orders_stats ON state, note FROM app.orders;
      CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
      CREATE TRIGGER touch BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
      CREATE VIEW app.open_orders AS SELECT * FROM app.orders WHERE state = 'open';
      CREATE TABLE app.items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES app.orders);
      INSERT INTO app.orders (state) SELECT 'open' FROM generate_series(1, 40) g;
      INSERT INTO app.items SELECT g, g FROM generate_series(1, 30) g;
      RESET ROLE;
      """
          .formatted(ROLE);

  private final Database database = Database.create(Servers.shared());
  private Path archive;
  private Map<String, String> pristine;

  @BeforeAll
  static void createRole() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    try (Database any = Database.create(Servers.shared())) {
      any.execute("CREATE ROLE %s LOGIN".formatted(ROLE));
    }
  }

  @AfterAll
  static void dropRole() {
    if (Servers.hasClientTools()) {
      try (Database any = Database.create(Servers.shared())) {
        any.execute("DROP ROLE " + ROLE);
      }
    }
  }

  @BeforeEach
  void createTables() throws IOException {
    database.execute(TABLES);
    archive = Files.createTempFile("staging-", ".dump");
    Client.dump(database, archive, false, List.of("-Fc"));
    pristine = Fingerprint.of(database);
  }

  @AfterEach
  void dropTables() throws IOException {
    database.close();
    Files.delete(archive);
  }

  @Test
  void withoutItThePlanNamesTheGrantAndTheOption() {
    database.execute("DELETE FROM app.items");
    Plan plan = Restores.plan(archive, target(), UnaryOperator.identity(), "app.items");
    assertThat(plan.refusals()).hasSize(1);
    assertThat(plan.refusals().getFirst().remedy())
        .contains("GRANT CREATE ON DATABASE", "--staging-schema");
  }

  @ParameterizedTest
  @ValueSource(strings = {"app", "Odd \"Place"})
  void mendsTakesBackAndLeavesNoTrace(String schema) {
    database.execute(
        "DELETE FROM app.items WHERE id > 10; UPDATE app.orders SET state = 'lost' WHERE id % 3 = 0");
    Map<String, String> wrecked = Fingerprint.of(database);
    Outcome outcome = restore(in(schema), "app.orders", "app.items");
    assertThat(outcome.status()).isEqualTo(Status.DONE);
    // The journal is the only thing that is new.
    assertThat(relationsOf(outcome.run())).isNotEmpty();
    assertThat(Restores.schemas(database)).isEmpty();
    assertThat(listed()).containsExactly(outcome.run());
    assertThat(Restores.undo(target(), outcome.run(), false)).isEmpty();
    Restores.clean(target(), outcome.run());
    assertThat(relationsOf("pgmend")).isEmpty();
    Restores.assertSame(wrecked, database);
    Outcome again = restore(in(schema), "app.orders", "app.items");
    Restores.clean(target(), again.run());
    Restores.assertSame(pristine, database);
    assertThat(restore(in(schema), "app.orders").status()).isEqualTo(Status.NOTHING_TO_DO);
    assertThat(relationsOf("pgmend")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"app", "Odd \"Place"})
  void createsInPlaceAndLeavesNoTrace(String schema) {
    database.execute("DROP TABLE app.orders CASCADE");
    Map<String, String> wrecked = Fingerprint.of(database);
    Outcome outcome = restore(in(schema), "app.orders");
    assertThat(outcome.status()).isEqualTo(Status.DONE);
    Restores.undo(target(), outcome.run(), false);
    Restores.clean(target(), outcome.run());
    Restores.assertSame(wrecked, database);
    Outcome again = restore(in(schema), "app.orders");
    Restores.clean(target(), again.run());
    Restores.assertSame(pristine, database);
    assertThat(relationsOf("pgmend")).isEmpty();
  }

  @Test
  void runsSideBySideAndCleanTakesOnlyItsOwn() {
    database.execute(
        "DELETE FROM app.items WHERE id > 10; UPDATE app.orders SET state = 'lost' WHERE id = 40");
    Outcome one = restore(in("app"), "app.orders");
    Outcome other = restore(in("app"), "app.items");
    String bystander =
        "pgmend_" + other.run().substring("pgmend_".length()).replace('_', 'x') + "_rows";
    database.execute("CREATE TABLE app.%s ()".formatted(bystander));
    assertThat(listed()).containsExactlyInAnyOrder(one.run(), other.run());
    Restores.clean(target(), other.run());
    assertThat(relationsOf(other.run())).isEmpty();
    assertThat(relationsOf(one.run())).isNotEmpty();
    assertThat(relationsOf(bystander)).isNotEmpty();
    Restores.undo(target(), one.run(), false);
    Restores.clean(target(), one.run());
    assertThat(database.queryLong("SELECT count(*) FROM app.orders WHERE state = 'lost'"))
        .isEqualTo(1);
  }

  @Test
  void defaultPrivilegesDoNotOpenTheJournal() {
    database.execute(
        "ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC"
            .formatted(ROLE));
    database.execute("DELETE FROM app.items WHERE id > 10");
    Outcome outcome = restore(in("app"), "app.items");
    assertThat(
            database.query(
                "SELECT c.relname FROM pg_class c CROSS JOIN aclexplode(c.relacl) x WHERE starts_with(c.relname, '%s') AND x.grantee <> c.relowner"
                    .formatted(outcome.run())))
        .isEmpty();
  }

  @Test
  void whatCannotBeSaysSo() {
    assertThat(codes(in("app").andThen(r -> r.with(Mode.SWAP))::apply, "app.orders"))
        .containsExactly("staging");
    assertThat(codes(in("nowhere"), "app.orders")).containsExactly("missing");
    assertThat(codes(in("pg_catalog"), "app.orders")).containsExactly("privilege");
    assertThat(
            codes(
                in("app")
                        .andThen(r ->
                            r.change()
                                .mode(Mode.BESIDE)
                                .remapSchemas(Map.of("app", "Odd \"Place"))
                                .build())
                    ::apply,
                "app.orders"))
        .containsExactly("staging");
  }

  private List<String> codes(UnaryOperator<Request> choices, String table) {
    return Restores.plan(archive, target(), choices, table).refusals().stream()
        .map(Plan.Refusal::code)
        .distinct()
        .toList();
  }

  private static UnaryOperator<Request> in(String schema) {
    return request -> request.change().stagingSchema(schema).build();
  }

  private ConnectionTarget target() {
    return Restores.target(database.uri(ROLE));
  }

  private Outcome restore(UnaryOperator<Request> choices, String... tables) {
    try (Archive opened = Archive.open(archive);
        TableRestore restore = TableRestore.open(opened, target())) {
      return restore.run(restore.plan(Restores.request(opened, choices, tables)), Progress.NONE);
    }
  }

  private List<String> listed() {
    try (Runs runs = Runs.open(target())) {
      assertThat(runs.undoable(Optional.empty()).run()).startsWith("pgmend_");
      return runs.list().stream().map(summary -> summary.run()).toList();
    }
  }

  private List<List<String>> relationsOf(String prefix) {
    return database
        .query("SELECT relname FROM pg_class WHERE starts_with(relname, '%s')".formatted(prefix))
        .stream()
        .map(row -> row.stream().map(String::valueOf).toList())
        .toList();
  }
}
