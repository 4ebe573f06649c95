package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.Case.Way;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A plain role restores a table while every second object of the database belongs to another role. Either the whole database is as
/// it was before the accident; or the plan refuses, nothing has changed, and after exactly the statements that the refusals
/// print the whole database is as it was.
///
/// Every twelfth table, with accident, mode and format rotating; all tables in all combinations with Maven's profile `full`. System
/// property `pgmend.cases` picks cases among one for each table by a pattern.
@TestInstance(Lifecycle.PER_CLASS)
class OtherPeopleTest {
  /// What somebody else has to run, as it stands in a hint.
  private static final Pattern STATEMENT = Pattern.compile("(?:GRANT|ALTER) [^;]*;");

  /// More would mean that the plan names what is missing piece by piece.
  private static final int ROUNDS = 3;

  /// Refusals that no right of any role would lift.
  private static final Set<String> BY_NATURE = Set.of("row-type", "publication", "matview");

  private final List<Pristine> pristines = new ArrayList<>();
  private final Map<String, Integer> results = new TreeMap<>();

  @BeforeAll
  void createDatabases() {
    assumeTrue(Servers.hasClientTools(), "pg_dump and pg_restore are needed");
    pristines.add(Pristine.shop(Role.AMONG_OTHERS));
    pristines.add(Pristine.corpus(Role.AMONG_OTHERS));
  }

  @AfterAll
  void dropDatabases() {
    pristines.forEach(Pristine::close);
    System.out.println("among other people's objects: " + results);
  }

  Stream<Case> cases() {
    String pattern = System.getProperty("pgmend.cases", "");
    Pattern wanted = Pattern.compile(pattern);
    List<Case> cases = new ArrayList<>();
    for (Pristine pristine : pristines) {
      if (Boolean.getBoolean("pgmend.full")) {
        cases.addAll(Case.all(pristine));
      } else {
        List<Case> sample = Case.sample(pristine, pristine, 0);
        for (int i = 0; i < sample.size(); i += pattern.isEmpty() ? 12 : 1) {
          cases.add(sample.get(i));
        }
      }
    }
    return cases.stream().filter(c -> wanted.matcher(c.toString()).find());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isExactOrSaysWhatSomebodyElseHasToRun(Case c) {
    assumeTrue(
        c.way().accident != Accident.GARBLE || happens(c), "the partition does not let it happen");
    check(c, List.of());
  }

  /// What is created gets the backup's grants and none of those that PostgreSQL gives today.
  @ParameterizedTest
  @ValueSource(strings = {"shop.orders", "catalog.product", "billing.payment", "crm.customer"})
  void defaultPrivilegesLeaveNoTrace(String table) {
    List<String> defaults =
        Stream.of(
                "GRANT ALL ON TABLES TO %2$s, PUBLIC",
                "GRANT ALL ON SEQUENCES TO %2$s",
                "GRANT ALL ON FUNCTIONS TO %2$s",
                "REVOKE ALL ON FUNCTIONS FROM PUBLIC",
                "IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC",
                "GRANT ALL ON TYPES TO %2$s")
            .map(what ->
                ("ALTER DEFAULT PRIVILEGES FOR ROLE %1$s " + what)
                    .formatted(Pristine.OWNER, Pristine.OTHER))
            .toList();
    check(new Case(pristines.getFirst(), table, Way.DROPPED, Format.CUSTOM), defaults);
    check(new Case(pristines.getFirst(), table, Way.HALVED, Format.CUSTOM), defaults);
  }

  private void check(Case c, List<String> happened) {
    Set<String> ran = new LinkedHashSet<>(happened);
    try (Database database = c.pristine().wrecked(c.way().accident, c.table())) {
      happened.forEach(database::execute);
      List<Refusal> refusals = restore(c, database);
      for (int round = 0; round < ROUNDS && !refusals.isEmpty() && liftable(refusals); round++) {
        assertUnchanged(c, database, ran);
        Set<String> statements = statements(refusals);
        assertThat(statements).as("nobody is told what to run: %s", refusals).isNotEmpty();
        statements.forEach(database::execute);
        ran.addAll(statements);
        refusals = restore(c, database);
      }
      if (!refusals.isEmpty()) {
        assertThat(liftable(refusals)).as("still refused after %s: %s", ran, refusals).isFalse();
        assertUnchanged(c, database, ran);
      } else {
        assertThat(Fingerprint.difference(expected(c, ran), Fingerprint.of(database)))
            .as("LIE: restored, but different, after %s", ran)
            .isEmpty();
      }
      results.merge(
          refusals.isEmpty()
              ? (ran.size() == happened.size() ? "exact" : "refused, exact after what it said")
              : "refused: " + refusals.stream().map(Refusal::code).distinct().sorted().toList(),
          1,
          Integer::sum);
    } finally {
      c.pristine()
          .database()
          .execute("REVOKE %s FROM %s".formatted(Pristine.OTHER, Pristine.OWNER));
    }
  }

  /// The accident went past the foreign key, so rows of somebody else would again have no parents: that, too, is said only when they
  /// can be counted.
  @Test
  void undoSaysWhatItMayNotRead() {
    Case c = new Case(pristines.getFirst(), "catalog.price_list", Way.HALVED, Format.CUSTOM);
    try (Database database = c.pristine().wrecked(c.way().accident, c.table())) {
      ConnectionTarget target = c.pristine().target(database);
      String run =
          Restores.run(c.pristine().archive(c.format()), target, Progress.NONE, c::with, c.table())
              .run();
      String grant = String.valueOf(assertUndoRefused(target, run, database).hint());
      assertThat(grant).startsWith("GRANT SELECT ON TABLE catalog.price_list_item TO ");
      database.execute(grant);
      assertThat(assertUndoRefused(target, run, database))
          .hasMessageContaining("rows refer to what the restore had brought back");
    }
  }

  private static PgmendException assertUndoRefused(
      ConnectionTarget target, String run, Database database) {
    Map<String, String> before = Fingerprint.of(database);
    PgmendException refused =
        catchThrowableOfType(PgmendException.class, () -> Restores.undo(target, run, false));
    assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
    assertThat(Fingerprint.difference(before, Fingerprint.of(database))).isEmpty();
    return refused;
  }

  private static boolean happens(Case c) {
    try (Database wrecked = c.pristine().wrecked(c.way().accident, c.table())) {
      return !wrecked.name().isEmpty();
    } catch (AssertionError failure) {
      if (String.valueOf(failure.getMessage()).contains("violates partition constraint")) {
        return false;
      }
      throw failure;
    }
  }

  private static boolean liftable(List<Refusal> refusals) {
    return refusals.stream().noneMatch(refusal -> BY_NATURE.contains(refusal.code()));
  }

  private static Set<String> statements(List<Refusal> refusals) {
    Set<String> statements = new LinkedHashSet<>();
    for (Refusal refusal : refusals) {
      Matcher matcher = STATEMENT.matcher(refusal.remedy());
      if (matcher.find()) {
        statements.add(matcher.group());
      }
    }
    return statements;
  }

  /// {@return why the plan refuses, nothing if the table was restored}
  private static List<Refusal> restore(Case c, Database database) {
    try (Archive archive = c.pristine().open(c.format());
        TableRestore restore = TableRestore.open(archive, c.pristine().target(database))) {
      Plan plan = restore.plan(Restores.request(archive, c::with, c.table()));
      if (!plan.runnable()) {
        return plan.refusals();
      }
      Outcome outcome = restore.run(plan, Progress.NONE);
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Outcome.Status.DONE);
      assertThat(outcome.open()).isEmpty();
      return List.of();
    } catch (PgmendException failure) {
      // What shows only when the backup's rows are there is refused as well, before anything
      // changes.
      if (failure.kind() == Kind.REFUSED && failure.hint() != null) {
        return List.of(
            new Refusal("privilege", String.valueOf(failure.getMessage()), failure.hint()));
      }
      throw failure;
    }
  }

  /// What somebody else was told to run may itself show in the database.
  private static Map<String, String> expected(Case c, Set<String> ran) {
    if (ran.isEmpty()) {
      return c.pristine().fingerprint();
    }
    try (Database untouched = c.pristine().copy()) {
      ran.forEach(untouched::execute);
      return Fingerprint.of(untouched);
    }
  }

  private static void assertUnchanged(Case c, Database database, Set<String> ran) {
    try (Database fresh = c.pristine().wrecked(c.way().accident, c.table())) {
      ran.forEach(fresh::execute);
      assertThat(Fingerprint.difference(Fingerprint.of(fresh), Fingerprint.of(database)))
          .as("not as the accident left it")
          .isEmpty();
    }
    assertThat(Restores.schemas(database)).as("schemas left behind").isEmpty();
  }
}
