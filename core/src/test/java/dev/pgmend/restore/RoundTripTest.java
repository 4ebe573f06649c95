package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Plan;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The master test: every table of two databases has an accident and is put back, and then the whole database is as it was; or
/// the plan refuses, for a reason that is expected, and the database is as the accident left it.
///
/// Every table once, with accident, mode, format and role rotating; all combinations with Maven's profile `full`. System
/// property `pgmend.cases` picks cases by a pattern. The refusals that are expected are in `restore/refusals.txt`.
@TestInstance(Lifecycle.PER_CLASS)
class RoundTripTest {
  private final List<Pristine> pristines = new ArrayList<>();
  private final List<Pristine> newer = new ArrayList<>();
  private final Map<String, Integer> results = new TreeMap<>();
  private Map<String, String> expectedRefusals = Map.of();

  @BeforeAll
  void createDatabases() {
    expectedRefusals = Refusals.expected();
    if (Servers.hasClientTools()) {
      for (Role role : List.of(Role.SUPERUSER, Role.OWNER)) {
        pristines.add(Pristine.corpus(role));
        pristines.add(Pristine.shop(role));
      }
    }
    newer.add(Pristine.corpus(17));
    newer.add(Pristine.corpus(18));
  }

  @AfterAll
  void dropDatabases() {
    pristines.forEach(Pristine::close);
    newer.forEach(Pristine::close);
    System.out.println("round trips: " + results);
  }

  Stream<Case> cases() {
    Pattern wanted = Pattern.compile(System.getProperty("pgmend.cases", ""));
    List<Case> cases = new ArrayList<>();
    if (Boolean.getBoolean("pgmend.full")) {
      pristines.forEach(pristine -> cases.addAll(Case.all(pristine)));
      newer.forEach(pristine -> cases.addAll(Case.all(pristine)));
    } else {
      if (!pristines.isEmpty()) {
        cases.addAll(Case.sample(pristines.get(0), pristines.get(2), 0));
        cases.addAll(Case.sample(pristines.get(1), pristines.get(3), cases.size()));
      }
      for (Pristine pristine : newer) {
        List<Case> all = Case.sample(pristine, pristine, cases.size());
        for (int i = cases.size() % 4; i < all.size(); i += 4) {
          cases.add(all.get(i));
        }
      }
    }
    return cases.stream().filter(c -> wanted.matcher(c.toString()).find());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void everythingIsAsBefore(Case c) {
    try (Database database = c.pristine().wrecked(c.way().accident, c.table())) {
      String refused = restore(c, database);
      if (refused.isEmpty()) {
        assertThat(Fingerprint.difference(c.pristine().fingerprint(), Fingerprint.of(database)))
            .as("LIE: restored, but different: %s", c)
            .isEmpty();
      } else {
        assertUnchanged(c, database);
      }
      results.merge(refused.isEmpty() ? "exact" : "refused: " + refused, 1, Integer::sum);
      assertThat(refused)
          .as("refusal of %s", c)
          .isEqualTo(expectedRefusals.getOrDefault(c.key(), ""));
    }
  }

  /// {@return the codes of the plan's refusals, empty if the table was restored}
  private static String restore(Case c, Database database) {
    try (Archive archive = c.pristine().open(c.format());
        TableRestore restore =
            TableRestore.open(archive, c.pristine().target(database)).with(Restores.effort())) {
      Plan plan = restore.plan(Restores.request(archive, c::with, c.table()));
      if (!plan.runnable()) {
        System.out.println("refused: " + c + ": " + plan.refusals());
        return plan.refusals().stream()
            .map(Plan.Refusal::code)
            .distinct()
            .sorted()
            .collect(Collectors.joining(","));
      }
      Outcome outcome = restore.run(plan, Progress.NONE);
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Outcome.Status.DONE);
      assertThat(outcome.open()).isEmpty();
      return "";
    } catch (PgmendException failure) {
      // Which partition a row belongs in is found out with the rows.
      if (failure.kind() == Kind.REFUSED
          && String.valueOf(failure.getMessage()).contains("do not belong in that partition")) {
        return "partition";
      }
      throw judged(c, database, failure);
    } catch (RuntimeException | AssertionError failure) {
      throw judged(c, database, failure);
    }
  }

  /// A failure that left the database neither as the accident did nor as it was before is worse than one that did not.
  private static AssertionError judged(Case c, Database database, Throwable failure) {
    String kind = failure instanceof PgmendException e ? e.kind() + " " : "";
    try {
      assertUnchanged(c, database);
      return new AssertionError(
          "failed, nothing changed: %s: %s%s".formatted(c, kind, failure.getMessage()), failure);
    } catch (AssertionError damage) {
      return new AssertionError(
          "DAMAGED: %s: %s%s%n%s".formatted(c, kind, failure.getMessage(), damage.getMessage()),
          failure);
    }
  }

  private static void assertUnchanged(Case c, Database database) {
    try (Database fresh = c.pristine().wrecked(c.way().accident, c.table())) {
      assertThat(Fingerprint.difference(Fingerprint.of(fresh), Fingerprint.of(database)))
          .as("not as the accident left it")
          .isEmpty();
    }
    assertThat(Restores.schemas(database)).as("schemas left behind").isEmpty();
  }
}
