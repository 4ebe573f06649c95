package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.restore.Pristine.Role;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

/// The master test of a mend: tables of two databases lose rows, or the values of a column, while they go on living; what is lost is
/// put back, and then every other row and everything else is as the accident left it. Undo then takes exactly that back.
///
/// A part of the tables, with accident and role rotating; all combinations with Maven's profile `full`. System property `pgmend.cases` picks
/// cases by a pattern.
@TestInstance(Lifecycle.PER_CLASS)
class MendRoundTripTest {
  private final List<Backup> backups = new ArrayList<>();
  private final Map<String, Integer> results = new TreeMap<>();

  /// An accident, and the rows that are asked back.
  enum Way {
    /// Three rows of ten are deleted; newer ones have come.
    THINNED_MISSING(Rows.MISSING),
    THINNED_CHANGED(Rows.CHANGED),
    /// A column has one value in all rows that the backup has.
    GARBLED_CHANGED(Rows.CHANGED),
    /// Three rows of ten are deleted, and with them the rows of other tables that refer to them.
    CASCADED_MISSING(Rows.MISSING),
    CASCADED_CHANGED(Rows.CHANGED);

    final Rows rows;

    Way(Rows rows) {
      this.rows = rows;
    }

    boolean cascades() {
      return this == CASCADED_MISSING || this == CASCADED_CHANGED;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /// @param tables what is asked for: the table, and those that lost rows with it
  record Case(Backup backup, String table, Way way, Set<String> tables) {
    @Override
    public String toString() {
      return "%s %s %s %s"
          .formatted(
              backup.pristine().name(), backup.pristine().role(), way, table.replace("\n", "\\n"));
    }
  }

  @BeforeAll
  void createDatabases() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    for (Role role : List.of(Role.SUPERUSER, Role.OWNER)) {
      backups.add(new Backup(Pristine.corpus(role)));
      backups.add(new Backup(Pristine.shop(role)));
    }
  }

  @AfterAll
  void dropDatabases() {
    backups.forEach(backup -> {
      backup.close();
      backup.pristine().close();
    });
    System.out.println("mended round trips: " + results);
  }

  Stream<Case> cases() {
    if (!Servers.hasClientTools()) {
      return Stream.of();
    }
    Pattern wanted = Pattern.compile(System.getProperty("pgmend.cases", ""));
    boolean full = Boolean.getBoolean("pgmend.full");
    List<Case> cases = new ArrayList<>();
    int turn = 0;
    for (int i = 0; i < backups.size(); i++) {
      for (String table : backups.get(i).pristine().tables()) {
        List<Case> possible = ways(backups.get(i), table);
        turn++;
        if (full) {
          cases.addAll(possible);
        } else if (turn % 16 == i * 4 && !possible.isEmpty()) {
          List<Case> rare = possible.stream().filter(c -> c.way().cascades()).toList();
          List<Case> choice = rare.isEmpty() ? possible : rare;
          cases.add(choice.get(turn / 16 % choice.size()));
        }
      }
    }
    return cases.stream().filter(c -> wanted.matcher(c.toString()).find());
  }

  private static List<Case> ways(Backup backup, String table) {
    Database database = backup.pristine().database();
    List<Case> cases = new ArrayList<>();
    if (database.queryLong("SELECT count(*) FROM (SELECT FROM %s LIMIT 1) x".formatted(table))
        == 0) {
      return cases;
    }
    Set<String> cascade = backup.cascade(table);
    for (Way way : Way.values()) {
      if (way.cascades()
          ? !cascade.isEmpty()
          : way != Way.GARBLED_CHANGED || canBeGarbled(database, table)) {
        cases.add(new Case(backup, table, way, way.cascades() ? cascade : Set.of(table)));
      }
    }
    return cases;
  }

  /// Rows of a partition cannot all have a value by which they would belong in another.
  private static boolean canBeGarbled(Database database, String table) {
    return Accident.GARBLE
        .sql(database, table)
        .filter(sql -> {
          try {
            database.execute(
                "BEGIN; SET LOCAL session_replication_role = replica; " + sql + "; ROLLBACK");
            return true;
          } catch (AssertionError failure) {
            assertThat(failure).hasMessageContaining("violates partition constraint");
            return false;
          }
        })
        .isPresent();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void whatIsLostComesBackAndNothingElseChanges(Case c) {
    try (Database database = c.backup().pristine().copy()) {
      befall(c, database);
      Map<String, String> wrecked = Fingerprint.of(database);
      Map<String, String> expected = expected(c, database, wrecked);
      String run = restore(c, database);
      if (run.startsWith("refused")) {
        results.merge(run, 1, Integer::sum);
        assertThat(Fingerprint.difference(wrecked, Fingerprint.of(database))).isEmpty();
        assertThat(run).as("%s", c).isEqualTo("refused: rows");
        assertThat(c.way().rows).isEqualTo(Rows.CHANGED);
        return;
      }
      assertThat(Fingerprint.difference(expected, Fingerprint.of(database)))
          .as("LIE: restored, but different: %s", c)
          .isEmpty();
      String undone = undo(c, database, run, wrecked, expected);
      results.merge(c.way() + undone, 1, Integer::sum);
    }
  }

  /// The accident may have left rows without parents behind a key that was marked valid all the same. No undo marks it so again: it
  /// comes back NOT VALID and is named; and where it cannot be NOT VALID nothing is undone.
  ///
  /// @return how it ended, "" if everything is as the accident left it
  private static String undo(
      Case c,
      Database database,
      String run,
      Map<String, String> wrecked,
      Map<String, String> restored) {
    List<String> open;
    try {
      open = Restores.undo(c.backup().pristine().target(database), run, false);
    } catch (PgmendException refusal) {
      assertThat(refusal.kind()).as("%s: %s", c, refusal).isEqualTo(Kind.REFUSED);
      assertThat(refusal).hasMessageContaining("is not present in table");
      assertThat(c.way().cascades()).as("%s: %s", c, refusal).isFalse();
      assertThat(Fingerprint.difference(restored, Fingerprint.of(database))).isEmpty();
      return ", not undone for orphans";
    }
    assertThat(Fingerprint.difference(wrecked, Fingerprint.of(database)))
        .as("undone, but different: %s", c)
        .hasSize(open.size())
        .allSatisfy(
            line -> assertThat(line).startsWith("changed: constraint ").contains(" NOT VALID\""));
    return open.isEmpty() ? "" : ", undone with orphans";
  }

  private static void befall(Case c, Database database) {
    String quietly = "SET session_replication_role = replica; ";
    String delete = "DELETE FROM %s WHERE %s".formatted(c.table(), Backup.lost(c.table()));
    database.execute(
        switch (c.way()) {
          case THINNED_MISSING, THINNED_CHANGED -> quietly + delete;
          case GARBLED_CHANGED ->
              quietly
                  + Accident.GARBLE.sql(database, c.table()).orElseThrow()
                  + " WHERE "
                  + Backup.known(c.table());
          case CASCADED_MISSING, CASCADED_CHANGED -> delete;
        });
  }

  /// {@return what is to be there afterwards: these tables as they were but for newer rows that are gone, all else as it is now}
  private static Map<String, String> expected(
      Case c, Database database, Map<String, String> wrecked) {
    if (!c.way().cascades()) {
      return c.backup().pristine().fingerprint();
    }
    Map<String, String> expected = new TreeMap<>(wrecked);
    try (Database before = c.backup().pristine().copy()) {
      Backup.forgetGone(before, database, c.tables());
      Map<String, String> rows = Fingerprint.of(before);
      rows.forEach((name, value) -> {
        if (c.tables().stream().anyMatch(table -> name.equals("rows of " + table))) {
          expected.put(name, value);
        }
      });
    }
    return expected;
  }

  /// {@return the run, or the codes of the refusals}
  private static String restore(Case c, Database database) {
    try (Archive archive = Archive.open(c.backup().archive());
        TableRestore restore =
            TableRestore.open(archive, c.backup().pristine().target(database))
                .with(Restores.effort())) {
      Plan plan =
          restore.plan(
              Restores.request(
                  archive,
                  request -> with(request, c.way().rows),
                  c.tables().toArray(String[]::new)));
      if (!plan.runnable()) {
        System.out.println("refused: " + c + ": " + plan.refusals());
        return plan.refusals().stream()
            .map(Plan.Refusal::code)
            .distinct()
            .sorted()
            .collect(Collectors.joining(",", "refused: ", ""));
      }
      Outcome outcome = restore.run(plan, Progress.NONE);
      assertThat(outcome.status()).as("%s", outcome).isEqualTo(Outcome.Status.DONE);
      assertThat(outcome.changes()).allSatisfy(change -> assertThat(change.removed()).isZero());
      return outcome.run();
    }
  }

  private static Request with(Request request, Rows rows) {
    return request.change().mode(Mode.MEND).policy(RowPolicy.of(rows)).build();
  }
}
