package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An owner who has revoked rights on his own tables from himself is lent them for the restore, and has afterwards what he had before.
@TestInstance(Lifecycle.PER_CLASS)
class OwnRightsTest {
  private static final String OWNER = "own_rights_owner";
  private static final String SHOP =
      """
      GRANT ALL ON SCHEMA public TO %1$s;
      CREATE TABLE p (a serial PRIMARY KEY, b text);
      CREATE TABLE k (id int PRIMARY KEY, p int REFERENCES p, note text);
      INSERT INTO p (b) SELECT 'x' || g FROM generate_series(1, 20) g;
      INSERT INTO k SELECT g, g + 10, 'y' FROM generate_series(1, 10) g;
      ALTER TABLE p OWNER TO %1$s;
      ALTER TABLE k OWNER TO %1$s;
      """
          .formatted(OWNER);

  @BeforeAll
  void createRole() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    try (Database database = Database.create(Servers.shared())) {
      database.execute("CREATE ROLE %s LOGIN".formatted(OWNER));
    }
  }

  @AfterAll
  void dropRole() {
    if (Servers.hasClientTools()) {
      try (Database database = Database.create(Servers.shared())) {
        database.execute("DROP ROLE IF EXISTS %s".formatted(OWNER));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          p | REVOKE ALL ON p FROM %1$s                                           | DELETE FROM p WHERE a < 9  | SWAP
          p | REVOKE ALL ON p FROM %1$s                                           | DELETE FROM p WHERE a < 9  | MEND
          p | REVOKE ALL ON p FROM %1$s                                           | DROP TABLE p CASCADE       |
          k | REVOKE REFERENCES, SELECT, TRIGGER ON p FROM %1$s; REVOKE ALL ON k FROM %1$s | DELETE FROM k     | SWAP
          k | REVOKE ALL ON p, k FROM %1$s; GRANT SELECT (id), UPDATE (p) ON k TO %1$s WITH GRANT OPTION | DELETE FROM k | MEND
          k | REVOKE ALL ON p, k FROM %1$s; GRANT SELECT (id), UPDATE (p) ON k TO %1$s | DROP TABLE k          |
          p | REVOKE ALL ON p_a_seq FROM %1$s                                     | DELETE FROM p WHERE a < 9; ALTER SEQUENCE p_a_seq RESTART | SWAP
          p | REVOKE ALL ON p_a_seq FROM %1$s                                     | DELETE FROM p WHERE a < 9; ALTER SEQUENCE p_a_seq RESTART | MEND
          """)
  void theOwnerHasAfterwardsWhatHeHadBefore(
      String table, String revoked, String accident, Mode mode) {
    String disabled = "SET session_replication_role = replica; ";
    try (Small db = new Small(SHOP + revoked.formatted(OWNER), OWNER)) {
      UnaryOperator<Request> choices = mode == null ? UnaryOperator.identity() : r -> r.with(mode);
      Map<String, String> pristine = db.fingerprint();
      db.since(accident.startsWith("DROP") ? accident : disabled + accident);
      Map<String, String> wrecked = db.fingerprint();
      Plan plan = db.plan(choices, table);
      assertThat(plan.refusals()).isEmpty();
      Outcome outcome = db.restore(choices, table);
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.restore(choices, table).status()).isEqualTo(Status.NOTHING_TO_DO);
      assertThat(db.undo(false).open()).isEmpty();
      assertThat(db.difference(wrecked)).isEmpty();
    }
  }

  @Test
  void someoneElsesTableIsNotTouched() {
    try (Small db =
        new Small(SHOP + "ALTER TABLE p OWNER TO postgres; GRANT SELECT ON p TO " + OWNER, OWNER)) {
      db.since("DELETE FROM k WHERE id < 5");
      Plan plan = db.plan(request -> request.with(Mode.SWAP), "k");
      assertThat(plan.refusals())
          .singleElement()
          .satisfies(refusal -> assertThat(refusal.code()).isEqualTo("privilege"));
    }
  }
}
