package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A target that cannot be reached, is busy or forbids something: the error says what and who, and nothing has changed.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class BadTargetTest {
  private static final String TABLE = "catalog.price_list_item";

  private Pristine shop;

  @BeforeAll
  void createDatabase() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    shop = Pristine.shop(Role.OWNER);
  }

  @AfterAll
  void dropDatabase() {
    if (shop != null) {
      shop.close();
    }
  }

  @Test
  void saysThatNobodyListens() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ConnectionTarget target =
        Restores.target("postgresql://nobody:secret@127.0.0.1:%d/gone".formatted(port));
    assertFails(() -> restore(archive(), target), Kind.CONNECTION)
        .hasMessageContaining("nobody@127.0.0.1:%d/gone".formatted(port))
        .hasMessageNotContaining("secret");
  }

  @Test
  void saysThatTheDatabaseIsMissing() {
    ConnectionTarget target = Restores.target(shop.database().server().uri("no such database"));
    assertFails(() -> restore(archive(), target), Kind.CONNECTION)
        .hasMessageContaining("no such database");
  }

  @Test
  void saysThatThePasswordIsWrong() {
    String role = "bad_target_password";
    try (Database database = shop.wrecked(Accident.DELETE, TABLE)) {
      database.execute("CREATE ROLE %s LOGIN SUPERUSER PASSWORD 'right'".formatted(role));
      String access =
          String.valueOf(database.queryValue("SELECT pg_read_file(current_setting('hba_file'))"));
      try {
        setAccess(database, "host all %s all scram-sha-256\n%s".formatted(role, access));
        Map<String, String> before = Fingerprint.of(database);
        String uri = database.uri(role).replace(role + "@", role + ":%s@");
        assertFails(
                () -> restore(archive(), Restores.target(uri.formatted("wr0ng"))), Kind.CONNECTION)
            .hasMessageContaining("password authentication failed")
            .hasMessageContaining(role)
            .hasMessageNotContaining("wr0ng");
        Restores.assertSame(before, database);
        restore(archive(), Restores.target(uri.formatted("right")));
      } finally {
        setAccess(database, access);
        database.execute("DROP OWNED BY %1$s; DROP ROLE %1$s".formatted(role));
      }
    }
  }

  private static void setAccess(Database database, String lines) {
    String literal = lines.replace("'", "''").replace("\t", " ");
    database.execute(
        """
        DO $$ BEGIN EXECUTE format('COPY (SELECT unnest(string_to_array(%%L, E''\\n''))) TO %%L', '%s', current_setting('hba_file')); END $$;
        SELECT pg_reload_conf()\
        """
            .formatted(literal));
    sleep(300);
  }

  @ParameterizedTest
  @CsvSource({
    "catalog.pricelist_item, catalog.price_list_item",
    "ordres, shop.orders",
    "shop.Orders_2O23, shop.orders_2023",
    "catalog.invoice, billing.invoice"
  })
  void suggestsTheTableThatWasMeant(String wrong, String meant) {
    String[] parts = meant.split("\\.");
    assertThatThrownBy(() ->
            Restores.plan(archive(), shop.target(shop.database()), UnaryOperator.identity(), wrong))
        .asInstanceOf(InstanceOfAssertFactories.type(PgmendException.class))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.USAGE))
        .satisfies(
            e -> assertThat(e.hint()).contains("\"%s\".\"%s\"".formatted(parts[0], parts[1])));
  }

  /// The lock that someone holds, and the mode that it blocks.
  @ParameterizedTest
  @CsvSource({
    "ACCESS SHARE, SWAP",
    "ROW EXCLUSIVE, SWAP",
    "SHARE, MEND",
    "SHARE ROW EXCLUSIVE, MEND",
    "ACCESS EXCLUSIVE, SWAP",
    "ACCESS EXCLUSIVE, MEND"
  })
  void namesTheOneWhoHoldsTheTable(String lock, Mode mode) throws SQLException {
    try (Database database = shop.wrecked(Accident.HALF, TABLE)) {
      Map<String, String> before = Fingerprint.of(database);
      String blocker;
      Instant start = Instant.now();
      try (Connection other = database.connect();
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        statement.execute("LOCK TABLE %s IN %s MODE".formatted(TABLE, lock));
        try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
          row.next();
          blocker = row.getString(1);
        }
        assertFails(
                () ->
                    Restores.run(
                        archive(),
                        shop.target(database),
                        Progress.NONE,
                        request -> with(request.with(mode), Duration.ofSeconds(1)),
                        TABLE),
                Kind.LOCKED)
            .hasMessageContaining("price_list_item")
            .hasMessageContaining(blocker);
        other.rollback();
      }
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
      Restores.assertSame(before, database);
      assertThat(Restores.schemas(database)).isEmpty();
    }
  }

  private static Request with(Request r, Duration maxBlock) {
    return r.change().maxBlock(maxBlock).build();
  }

  @ParameterizedTest
  @CsvSource({"DELETE, SWAP", "DELETE, MEND", "DROP,"})
  void refusesWithoutTheRightToCreate(Accident accident, Mode mode) {
    try (Database database = shop.wrecked(accident, TABLE)) {
      database.execute("ALTER DATABASE %s OWNER TO postgres".formatted(database.name()));
      Map<String, String> before = Fingerprint.of(database);
      Plan plan =
          Restores.plan(
              archive(),
              shop.target(database),
              request -> Optional.ofNullable(mode).map(request::with).orElse(request),
              TABLE);
      assertThat(plan.refusals())
          .anySatisfy(refusal -> {
            assertThat(refusal.code()).isEqualTo("privilege");
            assertThat(refusal.remedy().replace("\"", ""))
                .contains(
                    "GRANT CREATE ON DATABASE %s TO %s".formatted(database.name(), Pristine.OWNER));
          });
      assertFails(() -> restore(archive(), shop.target(database)), Kind.REFUSED);
      Restores.assertSame(before, database);
    }
  }

  private Path archive() {
    return shop.archive(Format.CUSTOM);
  }

  private static void restore(Path archive, ConnectionTarget target) {
    Restores.run(archive, target, Progress.NONE, UnaryOperator.identity(), TABLE);
  }

  static AbstractThrowableAssert<?, ? extends Throwable> assertFails(
      ThrowingCallable action, Kind kind) {
    return assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            PgmendException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  private static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
