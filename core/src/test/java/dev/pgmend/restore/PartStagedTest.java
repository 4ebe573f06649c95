package dev.pgmend.restore;

import static dev.pgmend.restore.RowPolicyTest.policy;
import static dev.pgmend.restore.RowPolicyTest.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.plan.RowPolicy.Triggers;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Rows that the live table has need not be staged.
class PartStagedTest {
  @BeforeAll
  static void needsPgDump() {
    assumeTrue(dev.pgmend.testing.Servers.hasClientTools(), "pg_dump is needed");
  }

  private record Sample(Rows rows, String columns, String values, int staged) {}

  private static List<Sample> samples() {
    return List.of(
        new Sample(Rows.MISSING, "n int PRIMARY KEY, a text", "g, 'a' || g", 3),
        new Sample(Rows.CHANGED, "n int PRIMARY KEY, a text", "g, 'a' || g", 6),
        new Sample(
            Rows.MISSING, "a text, n int, c int, PRIMARY KEY (c, n)", "'a' || g, g, g % 5", 3),
        new Sample(
            Rows.MISSING,
            "n int, \"A \"\"b\" text, a text, PRIMARY KEY (n, \"A \"\"b\")",
            "g, E'\\t\\\\\\n' || g, ''",
            3),
        new Sample(
            Rows.CHANGED,
            "n int PRIMARY KEY, a text, b int GENERATED ALWAYS AS (n * 2) STORED",
            "g, 'a' || g",
            6),
        // Another time zone makes other text of the same key.
        new Sample(
            Rows.MISSING, "k timestamptz PRIMARY KEY, n int, a text", "to_timestamp(g), g", 50));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void onlyWhatTheTableLacksIsStaged(Sample sample) {
    try (Small db = new Small("CREATE TABLE t (%s)".formatted(sample.columns()))) {
      db.since("ALTER DATABASE %s SET timezone = 'Asia/Tokyo'".formatted(db.database().name()));
      db.since("INSERT INTO t SELECT %s FROM generate_series(1, 50) g".formatted(sample.values()));
      Client.dump(db.database(), db.archive(), false, List.of("-Fc"));
      Map<String, String> before = db.fingerprint();
      db.since("DELETE FROM t WHERE n IN (3, 4, 30)");
      if (sample.rows() == Rows.CHANGED) {
        db.since("UPDATE t SET a = 'garbled' WHERE n IN (5, 6, 7)");
      }
      List<String> told = new ArrayList<>();
      db.restore(telling(told), with(policy(sample.rows(), "", List.of(), Conflicts.FAIL)), "t");
      assertThat(db.difference(before)).isEmpty();
      assertThat(told.stream().filter(note -> note.contains("were staged")))
          .hasSize(1)
          .allSatisfy(note ->
              assertThat(note).contains("%d of the backup's 50 rows".formatted(sample.staged())));
    }
  }

  @Test
  void aKeyThatIsOnlyWrittenOtherwiseIsTheSame() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id numeric PRIMARY KEY, a text); INSERT INTO t VALUES (1.0, 'x'), (2.0, 'y')")) {
      db.since("UPDATE t SET id = 1.00 WHERE id = 1; DELETE FROM t WHERE id = 2");
      db.restore(missing(), "t");
      assertThat(db.value("SELECT string_agg(t::text, ' ' ORDER BY id) FROM t"))
          .isEqualTo("(1.00,x) (2.0,y)");
    }
  }

  @Test
  void textThatTheServerSpellsOtherwiseIsComparedForTheStagedRowsOnly() {
    try (Small db = new Small("CREATE TABLE t (id int PRIMARY KEY, at timestamptz)")) {
      db.since("ALTER DATABASE %s SET timezone = 'Asia/Tokyo'".formatted(db.database().name()));
      db.since(
          "INSERT INTO t SELECT g, timestamptz 'epoch' + g * interval '1 h' FROM generate_series(1, 100) g");
      Client.dump(db.database(), db.archive(), false, List.of("-Fc"));
      String before = db.value("SELECT md5(string_agg(t::text, ' ' ORDER BY id)) FROM t");
      db.since("DELETE FROM t WHERE id BETWEEN 20 AND 29");
      List<String> told = new ArrayList<>();
      Outcome outcome = db.restore(telling(told), missing(), "t");
      assertThat(told).anySatisfy(note -> assertThat(note).contains("10 of the backup's 100 rows"));
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).contains("spells some values otherwise"));
      assertThat(db.value("SELECT md5(string_agg(t::text, ' ' ORDER BY id)) FROM t"))
          .isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Rows.class,
      names = {"CHANGED", "EXACT"})
  void rowsOfOneKeyAreNotToldApartByChance(Rows rows) {
    try (Small db =
        new Small(
            "CREATE TABLE t (k text PRIMARY KEY, v text); INSERT INTO t VALUES ('A', 'upper'), ('a', 'lower'), ('b', 'b')")) {
      db.since(
          """
          CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
          DELETE FROM t WHERE k IN ('A', 'b'); ALTER TABLE t ALTER k TYPE text COLLATE nocase\
          """);
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() ->
              db.restore(
                  request ->
                      request
                          .change()
                          .mode(Mode.MEND)
                          .policy(policy(rows, "", List.of(), Conflicts.FAIL))
                          .build(),
                  "t"))
          .hasMessageContaining("have the same key (\"k\")")
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void withoutTheKeyOfTheBackupAllRowsAreStaged() {
    try (Small db =
        new Small("CREATE TABLE t (k int, v text); INSERT INTO t VALUES (1, 'x'), (1, 'y')")) {
      db.since("DELETE FROM t WHERE v = 'y'; ALTER TABLE t ALTER k SET NOT NULL, ADD UNIQUE (k)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() ->
              db.restore(
                  request ->
                      request
                          .change()
                          .mode(Mode.MEND)
                          .policy(policy(Rows.CHANGED, "", List.of(), Conflicts.FAIL))
                          .build(),
                  "t"))
          .hasMessageContaining("have the same key");
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void aPercentageIsOneOfTheBackupsRows() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")) {
      db.since("DELETE FROM t WHERE id <= 10");
      assertThatThrownBy(() -> db.restore(limited(9), "t"))
          .hasMessageContaining("--limit-change 9% allows 9");
      assertThat(db.restore(limited(10), "t").status()).isEqualTo(Outcome.Status.DONE);
    }
  }

  @Test
  void whoMayHaveOnlyOneConnectionStagesAllRows() {
    try (Small db =
        new Small(
            "CREATE ROLE alone LOGIN CONNECTION LIMIT 1; CREATE SCHEMA s AUTHORIZATION alone; SET ROLE alone; CREATE TABLE s.t (id int PRIMARY KEY); INSERT INTO s.t SELECT generate_series(1, 100); RESET ROLE",
            "alone")) {
      db.since("DELETE FROM s.t WHERE id <= 10");
      Map<String, String> before = db.fingerprint();
      Outcome outcome = db.restore(Progress.NONE, missing(), "s.t");
      assertThat(outcome.notes())
          .anySatisfy(note ->
              assertThat(note)
                  .contains("all rows of the backup were staged")
                  .contains("too many connections"));
      assertThat(db.value("SELECT count(*) FROM s.t")).isEqualTo("100");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    } finally {
      dropRole();
    }
  }

  private static void dropRole() {
    try (var db = dev.pgmend.testing.Database.create(dev.pgmend.testing.Servers.shared())) {
      db.execute("DROP ROLE alone");
    }
  }

  private static UnaryOperator<Request> missing() {
    return with(policy(Rows.MISSING, "", List.of(), Conflicts.FAIL));
  }

  private static UnaryOperator<Request> limited(long percent) {
    return with(
        new RowPolicy(
            Rows.MISSING,
            "",
            List.of(),
            Optional.of(new RowPolicy.Limit(percent, true)),
            Conflicts.FAIL,
            Triggers.SUPPRESS));
  }

  private static Progress telling(List<String> notes) {
    return new Progress() {
      @Override
      public void note(String text) {
        notes.add(text);
      }
    };
  }
}
