package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.Request.Orphans;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Foreign keys never lie: rows whose parents are gone are counted and refused, or the foreign key is left NOT VALID.
///
/// The table `shop.coupon_use` is wrecked, and a coupon that its rows refer to is gone.
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OrphansTest {
  private static final String TABLE = "shop.coupon_use";
  private static final String KEY = "coupon_use_code_fkey";

  private Pristine shop;
  private String coupon = "";
  private long uses;

  @BeforeAll
  void createDatabase() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    shop = Pristine.shop(Role.SUPERUSER);
    List<@Nullable String> row =
        shop.database()
            .query(
                "SELECT code, count(*) FROM shop.coupon_use GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")
            .getFirst();
    coupon = String.valueOf(row.getFirst());
    uses = Long.parseLong(String.valueOf(row.getLast()));
  }

  @AfterAll
  void dropDatabase() {
    if (shop != null) {
      shop.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"DELETE, SWAP", "DELETE,", "DROP,"})
  void refusesRowsWithoutParents(Accident accident, Mode mode) {
    try (Database database = wrecked(accident)) {
      Map<String, String> before = Fingerprint.of(database);
      BadTargetTest.assertFails(() -> restore(database, mode, Orphans.FAIL), Kind.REFUSED)
          .hasMessageContaining(KEY)
          .hasMessageContaining(String.valueOf(uses))
          .hasMessageContaining(coupon);
      Restores.assertSame(before, database);
      assertThat(Restores.schemas(database)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"DELETE, SWAP", "DELETE,", "DROP,"})
  void leavesTheForeignKeyNotValid(Accident accident, Mode mode) {
    try (Database database = wrecked(accident)) {
      Outcome outcome = restore(database, mode, Orphans.NOT_VALID);
      assertThat(outcome.notes())
          .as("%s", outcome)
          .anySatisfy(
              note -> assertThat(note).contains(KEY, String.valueOf(uses), coupon, "NOT VALID"));
      assertThat(Fingerprint.difference(shop.fingerprint(), Fingerprint.of(database)))
          .hasSize(2)
          .anySatisfy(line ->
              assertThat(line).startsWith("changed: constraint " + KEY).contains(" NOT VALID\""))
          .anySatisfy(line -> assertThat(line).startsWith("changed: rows of shop.coupon:"));
    }
  }

  /// The other direction: rows of another table refer to rows that the backup does not have.
  @ParameterizedTest
  @CsvSource({"SWAP", ","})
  void refusesToTakeParentsAway(Mode mode) {
    try (Database database = shop.copy()) {
      database.execute(
          """
          INSERT INTO shop.coupon SELECT 'NEWER1', percent_off, valid, category_id FROM shop.coupon LIMIT 1;
          UPDATE shop.coupon_use SET code = 'NEWER1' WHERE code = '%s'\
          """
              .formatted(coupon));
      Map<String, String> before = Fingerprint.of(database);
      BadTargetTest.assertFails(
              () ->
                  Restores.run(
                      shop.archive(Format.CUSTOM),
                      shop.target(database),
                      Progress.NONE,
                      with(mode),
                      "shop.coupon"),
              Kind.REFUSED)
          .hasMessageContaining(KEY)
          .hasMessageContaining(String.valueOf(uses))
          .hasMessageContaining("NEWER1");
      Restores.assertSame(before, database);
      assertThat(Restores.schemas(database)).isEmpty();
    }
  }

  private Database wrecked(Accident accident) {
    Database database = shop.wrecked(accident, TABLE);
    database.execute(
        "SET session_replication_role = replica; DELETE FROM shop.coupon WHERE code = '%s'"
            .formatted(coupon));
    return database;
  }

  private Outcome restore(Database database, Mode mode, Orphans orphans) {
    return Restores.run(
        shop.archive(Format.CUSTOM),
        shop.target(database),
        Progress.NONE,
        request -> with(mode).apply(request).with(orphans),
        TABLE);
  }

  private static UnaryOperator<Request> with(Mode mode) {
    return request -> mode == null ? request : request.with(mode);
  }
}
