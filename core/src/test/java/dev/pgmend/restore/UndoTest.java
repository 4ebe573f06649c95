package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Case.Way;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// A restore can be taken back, and then everything is as the accident left it; done again it does nothing; and cleaning leaves
/// nothing behind. A few tables of each kind; all ways and both roles with Maven's profile `full`.
@TestInstance(Lifecycle.PER_CLASS)
class UndoTest {
  private static final List<String> CORPUS =
      List.of("app.customers", "app.events", "app.orders", "app.base", "app.cyc_a");
  private static final List<String> SHOP =
      List.of(
          "shop.orders",
          "crm.customer",
          "catalog.category",
          "billing.payment",
          "crm.contact",
          "catalog.price_list",
          "stock.bin",
          "shop.click",
          "shop.coupon");
  private static final List<Way> WAYS =
      List.of(Way.DROPPED, Way.EMPTIED_SWAP, Way.HALVED, Way.GARBLED_SWAP, Way.GARBLED);

  private final List<Pristine> pristines = new ArrayList<>();

  @BeforeAll
  void createDatabases() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    for (Role role : List.of(Role.SUPERUSER, Role.OWNER)) {
      pristines.add(Pristine.corpus(role));
      pristines.add(Pristine.shop(role));
    }
  }

  @AfterAll
  void dropDatabases() {
    pristines.forEach(Pristine::close);
  }

  Stream<Case> cases() {
    boolean full = Boolean.getBoolean("pgmend.full");
    List<Case> cases = new ArrayList<>();
    int turn = 0;
    for (int i = 0; i < pristines.size(); i++) {
      Pristine pristine = pristines.get(i);
      for (String table : pristine.name().equals("corpus") ? CORPUS : SHOP) {
        for (Way way : WAYS) {
          // Each table once or twice, the two roles with different ways.
          if ((full || turn % WAYS.size() == 0)
              && way.accident.sql(pristine.database(), table).isPresent()) {
            cases.add(new Case(pristine, table, way, Format.CUSTOM));
          }
          turn++;
        }
        turn++;
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void undoBringsBackWhatWasThere(Case c) {
    try (Database database = c.pristine().wrecked(c.way().accident, c.table())) {
      ConnectionTarget target = c.pristine().target(database);
      if (!runnable(c, target)) {
        return; // RoundTripTest knows which are refused.
      }
      Map<String, String> before = Fingerprint.of(database);
      Outcome outcome = restore(c, target);
      assertThat(outcome.status()).as("%s: %s", c, outcome).isEqualTo(Status.DONE);
      assertUndone(c, before, database, undo(c, target, outcome.run(), false));
      Restores.clean(target, outcome.run());
      assertThat(Restores.schemas(database)).as("%s", c).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Way.class,
      names = {"DROPPED", "EMPTIED_SWAP", "EMPTIED", "HALVED_SWAP", "HALVED"})
  void undoRefusesToLoseWhatCameSince(Way way) {
    Case c = new Case(pristines.get(1), "billing.payment", way, Format.DIRECTORY);
    try (Database database = c.pristine().wrecked(c.way().accident, c.table())) {
      ConnectionTarget target = c.pristine().target(database);
      Map<String, String> before = Fingerprint.of(database);
      String run = restore(c, target).run();
      database.execute(
          """
          SET session_replication_role = replica;
          DELETE FROM billing.payment WHERE id = (SELECT id FROM billing.payment ORDER BY ctid DESC LIMIT 1)\
          """);
      Map<String, String> changed = Fingerprint.of(database);
      assertThatThrownBy(() -> Restores.undo(target, run, false))
          .asInstanceOf(InstanceOfAssertFactories.type(PgmendException.class))
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
          .satisfies(e -> assertThat(e.hint()).contains("--on-conflict take-backup"));
      assertThat(Fingerprint.difference(changed, Fingerprint.of(database))).isEmpty();
      assertUndone(c, before, database, undo(c, target, run, true));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Way.class,
      names = {"DROPPED", "EMPTIED_SWAP", "EMPTIED", "HALVED", "GARBLED"})
  void theSameRestoreTwiceDoesNothing(Way way) {
    Case c = new Case(pristines.get(1), "catalog.category", way, Format.PIPED);
    try (Database database = c.pristine().wrecked(c.way().accident, c.table())) {
      ConnectionTarget target = c.pristine().target(database);
      String run = restore(c, target).run();
      Restores.clean(target, run);
      Outcome again = restore(c, target);
      assertThat(again.status()).as("%s", c).isEqualTo(Status.NOTHING_TO_DO);
      assertThat(Restores.schemas(database)).isEmpty();
      Restores.assertSame(c.pristine().fingerprint(), database);
    }
  }

  private static List<String> undo(
      Case c, ConnectionTarget target, String run, boolean discardNewer) {
    try {
      return Restores.undo(target, run, discardNewer);
    } catch (PgmendException e) {
      throw new AssertionError("undo of %s: %s".formatted(c, e.getMessage()), e);
    }
  }

  /// The accidents left rows without parents behind valid foreign keys; nothing may mark those as valid again. So all is as it
  /// was, but for the foreign keys that undo reports as open.
  private static void assertUndone(
      Case c, Map<String, String> before, Database database, List<String> open) {
    List<String> difference = Fingerprint.difference(before, Fingerprint.of(database));
    assertThat(difference)
        .as("%s, open: %s", c, open)
        .hasSize(open.size())
        .allSatisfy(line -> {
          assertThat(line).startsWith("changed: constraint ").contains(" NOT VALID\"");
          String key = line.substring("changed: constraint ".length(), line.indexOf(" on "));
          assertThat(open).anySatisfy(text -> assertThat(text).contains(key.replace("\"", "")));
        });
  }

  private static boolean runnable(Case c, ConnectionTarget target) {
    return Restores.plan(c.pristine().archive(c.format()), target, c::with, c.table()).runnable();
  }

  private static Outcome restore(Case c, ConnectionTarget target) {
    try {
      return Restores.run(
          c.pristine().archive(c.format()), target, Progress.NONE, c::with, c.table());
    } catch (PgmendException e) {
      throw new AssertionError("restore of %s: %s".formatted(c, e.getMessage()), e);
    }
  }

  @Test
  void aSuperuserDoesNotRunTheJournalOfSomebodyElse() {
    try (Scratch db =
        new Scratch(
            """
            CREATE ROLE undo_other LOGIN; GRANT CREATE ON SCHEMA public TO undo_other;
            CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 9); ALTER TABLE t OWNER TO undo_other\
            """,
            "DELETE FROM t WHERE a = 3")) {
      try {
        db.database.execute(
            "GRANT CREATE ON DATABASE %s TO undo_other".formatted(db.database.name()));
        String run =
            Restores.run(
                    db.archive(),
                    Restores.target(db.database.uri("undo_other")),
                    Progress.NONE,
                    UnaryOperator.identity(),
                    "t")
                .run();
        db.database.execute(
            "UPDATE \"%s\".steps SET sql = 'ALTER ROLE undo_other SUPERUSER' WHERE purpose = 'undo'"
                .formatted(run));
        assertThatThrownBy(() -> Restores.undo(db.target(), run, false))
            .isInstanceOf(PgmendException.class)
            .hasMessageContaining("belongs to role \"undo_other\"");
        assertThatThrownBy(() -> Restores.clean(db.target(), run))
            .isInstanceOf(PgmendException.class)
            .hasMessageContaining("belongs to role \"undo_other\"");
        assertThat(
                db.database.queryValue(
                    "SELECT rolsuper FROM pg_roles WHERE rolname = 'undo_other'"))
            .isEqualTo("f");
      } finally {
        db.database.execute("DROP OWNED BY undo_other CASCADE; DROP ROLE undo_other");
      }
    }
  }

  @Test
  void theLatestOfRunsWithinOneSecondIsTheLatest() {
    try (Scratch db =
        new Scratch(
            "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 9)",
            "DELETE FROM t WHERE a = 3")) {
      String first = db.restore("t").run();
      db.database.execute("DELETE FROM t WHERE a = 4");
      String second = db.restore("t").run();
      // As if both had begun in the same second and chance had named the first one last.
      db.database.execute(
          "ALTER SCHEMA \"%s\" RENAME TO pgmend_20000101_000000_zzzz; ALTER SCHEMA \"%s\" RENAME TO pgmend_20000101_000000_aaaa"
              .formatted(first, second));
      try (Runs runs = Runs.open(db.target())) {
        assertThat(runs.undoable(Optional.empty()).run()).isEqualTo("pgmend_20000101_000000_aaaa");
      }
    }
  }
}
