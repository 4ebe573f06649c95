package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The table's owner restores it, but half of what hangs on it is somebody else's: the plan says exactly what to grant, changes
/// nothing, and once that is granted the restore works.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OwnerTest {
  private static final String OTHER = "owner_test_other";

  private static final String MEMBERSHIP = "GRANT %s TO %s".formatted(OTHER, Pristine.OWNER);

  private Pristine shop;

  @BeforeAll
  void createDatabase() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    shop = Pristine.shop(Role.OWNER);
    shop.database().execute("CREATE ROLE " + OTHER);
  }

  @AfterAll
  void dropDatabase() {
    if (shop != null) {
      shop.close();
      try (Database database = Database.create(Servers.shared())) {
        database.execute("DROP ROLE " + OTHER);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          EMPTIED_SWAP | billing.payment | ALTER TABLE billing.refund OWNER TO %1$s                                     | %2$s
          DROPPED      | billing.payment | ALTER TABLE billing.refund OWNER TO %1$s                                     | %2$s
          EMPTIED_SWAP | catalog.category | ALTER TABLE catalog.product_category OWNER TO %1$s                           | %2$s
          EMPTIED_SWAP | billing.payment | ALTER TABLE billing.payment OWNER TO %1$s                                    | %2$s
          EMPTIED      | billing.payment | ALTER TABLE billing.payment OWNER TO %1$s                                    | %2$s
          EMPTIED_SWAP | billing.refund  | ALTER TABLE billing.payment OWNER TO %1$s; GRANT SELECT ON billing.payment TO %3$s | GRANT REFERENCES ON TABLE billing.payment TO %3$s
          DROPPED      | billing.refund  | ALTER TABLE billing.payment OWNER TO %1$s; GRANT SELECT ON billing.payment TO %3$s | GRANT REFERENCES ON TABLE billing.payment TO %3$s
          DROPPED      | billing.refund  | ALTER SCHEMA billing OWNER TO %1$s; GRANT USAGE ON SCHEMA billing TO %3$s     | GRANT CREATE, USAGE ON SCHEMA billing TO %3$s
          DROPPED      | shop.orders_2023 | ALTER TABLE shop.orders OWNER TO %1$s                                        | %2$s
          """)
  void refusesWithTheGrantThatIsMissing(Case.Way way, String table, String taken, String grant) {
    String wanted = grant.formatted(OTHER, MEMBERSHIP, Pristine.OWNER);
    // The accident comes last: what is somebody else's may fall with it.
    try (Database database = shop.copy()) {
      database.execute(taken.formatted(OTHER, MEMBERSHIP, Pristine.OWNER));
      way.accident.befall(database, table);
      ConnectionTarget target = shop.target(database);
      Map<String, String> before = Fingerprint.of(database);
      UnaryOperator<Request> choices = request -> way.mode.map(request::with).orElse(request);
      Plan plan = Restores.plan(shop.archive(Format.CUSTOM), target, choices, table);
      List<String> remedies =
          plan.refusals().stream().map(r -> r.remedy().replace("\"", "")).toList();
      assertThat(remedies).anySatisfy(remedy -> assertThat(remedy).contains(wanted));
      BadTargetTest.assertFails(
          () -> Restores.run(shop.archive(Format.CUSTOM), target, Progress.NONE, choices, table),
          Kind.REFUSED);
      Restores.assertSame(before, database);
      assertThat(Restores.schemas(database)).isEmpty();

      for (String remedy : remedies) {
        database.execute(remedy);
      }
      try {
        assertThat(
                Restores.run(shop.archive(Format.CUSTOM), target, Progress.NONE, choices, table)
                    .status())
            .isEqualTo(Status.DONE);
      } finally {
        database.execute("REVOKE %s FROM %s".formatted(OTHER, Pristine.OWNER));
      }
    }
  }
}
