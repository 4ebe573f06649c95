package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.restore.Case.Way;
import dev.pgmend.restore.Pristine.Format;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Archives of one version of PostgreSQL, restored into servers of the same and of other versions: what the plan takes on comes out
/// exactly, and what the server does not understand is refused by the plan. One table in each mode; every table with Maven's
/// profile `full`.
class VersionsTest {
  private static final boolean ALL = Boolean.getBoolean("pgmend.full");
  private static final List<Way> WAYS = List.of(Way.DROPPED, Way.HALVED_SWAP, Way.HALVED);

  /// `version`, and what is refused without regard to the versions.
  private static final Set<String> EXPECTED = Set.of("version", "publication", "row-type");

  @ParameterizedTest(name = "archive of {0} into server {1}")
  @CsvSource({
    "15, 14", "15, 15", "15, 16", "15, 17", "15, 18", "17, 14", "17, 15", "17, 16", "17, 17",
    "17, 18", "18, 14", "18, 15", "18, 16", "18, 17", "18, 18"
  })
  void whatThePlanTakesOnComesOutExactly(int dumped, int server) {
    List<String> wrong = new ArrayList<>();
    Map<String, Map<String, Integer>> results = new TreeMap<>();
    try (Pristine pristine = Pristine.corpus(server, dumped)) {
      List<String> tables = pristine.tables();
      for (Way way : WAYS) {
        List<String> possible =
            tables.stream()
                .filter(table -> way.accident.sql(pristine.database(), table).isPresent())
                .toList();
        int one = (dumped * 7 + server * 3 + way.ordinal() * 5) % possible.size();
        for (String table : ALL ? possible : List.of(possible.get(one))) {
          String result = result(new Case(pristine, table, way, Format.CUSTOM));
          results
              .computeIfAbsent(dumped + " into " + server + " " + way, _ -> new TreeMap<>())
              .merge(result.split("[:]")[0], 1, Integer::sum);
          if (result.startsWith("WRONG")) {
            wrong.add("%s %s: %s".formatted(way, table, result));
          }
        }
      }
    }
    // The table of docs/reliability.md.
    results.forEach((what, counts) -> System.out.println("versions: " + what + ": " + counts));
    assertThat(wrong).isEmpty();
  }

  private static String result(Case c) {
    try (Database database = c.pristine().wrecked(c.way().accident, c.table());
        Archive archive = c.pristine().open(c.format());
        TableRestore restore = TableRestore.open(archive, c.pristine().target(database))) {
      Plan plan = restore.plan(Restores.request(archive, c::with, c.table()));
      if (!plan.runnable()) {
        Set<String> codes = plan.refusals().stream().map(Refusal::code).collect(Collectors.toSet());
        return EXPECTED.containsAll(codes)
            ? (codes.contains("version") ? "refused, version: " : "refused, " + codes + ": ")
                + plan.refusals()
            : "WRONG: " + plan.refusals();
      }
      Outcome outcome = restore.run(plan, Progress.NONE);
      List<String> difference =
          Fingerprint.difference(c.pristine().fingerprint(), Fingerprint.of(database));
      return outcome.status() == Outcome.Status.DONE && difference.isEmpty()
          ? "exact"
          : "WRONG: %s %s".formatted(outcome, difference);
    } catch (PgmendException failure) {
      // Which enum a partition is hashed by shows only when its rows are there.
      return failure.kind() == Kind.REFUSED && failure.getMessage().contains("hash of an enum")
          ? "refused, other enum: " + failure
          : "WRONG: " + failure;
    }
  }
}
