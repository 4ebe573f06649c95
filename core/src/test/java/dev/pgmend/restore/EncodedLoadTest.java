package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.load.Effort;
import dev.pgmend.load.Effort.Verify;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows of a backup go in binary where every value is as servers write it, and as text else; what is there in the end is the same.
class EncodedLoadTest {
  private static final String TABLE =
      """
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE TABLE t (id int PRIMARY KEY, n numeric(12,2), b bool, d date, at timestamptz, u uuid, j jsonb, y bytea, m mood, note varchar(40));
      INSERT INTO t SELECT g, g * 1.5, g % 2 = 0, '2024-02-28'::date + g % 3, '2024-03-31 00:59:59.5+00'::timestamptz + g * interval '1 s',
        md5(g::text)::uuid, jsonb_build_object('a', g), decode(md5(g::text), 'hex'), (enum_range(NULL::mood))[1 + g % 2],
        CASE WHEN g % 10 > 0 THEN E'tab\\tand\\\\ä' || g END FROM generate_series(1, 50000) AS g;
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  private static Outcome restore(Small db, int jobs, Verify verify) {
    try (Archive archive = Archive.open(db.archive());
        TableRestore restore =
            TableRestore.open(archive, db.target()).with(new Effort(jobs, verify, 0))) {
      return restore.run(
          restore.plan(Restores.request(archive, UnaryOperator.identity(), "t")), Progress.NONE);
    }
  }

  private static String hash(Outcome outcome) {
    assertThat(outcome.proofs()).hasSize(1);
    return outcome.proofs().getFirst().hash();
  }

  private static Small script() {
    return new Small(TABLE, List.of("-Fp"));
  }

  private static void edit(Small db, String before, String after) throws IOException {
    String script = Files.readString(db.archive());
    assertThat(script).contains(before);
    Files.writeString(db.archive(), script.replace(before, after));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theServerSaysWhatIsThere(int jobs) {
    try (Small db = new Small(TABLE)) {
      Map<String, String> before = db.fingerprint();
      db.since("DROP TABLE t");
      assertThat(hash(restore(db, jobs, Verify.FULL))).matches("[0-9a-f]{16} xids \\d+( \\d+)*");
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Verify.class)
  void undoTellsWhoHasWritten(Verify verify) {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      Map<String, String> wreck = db.fingerprint();
      restore(db, 3, verify);
      // As it was before, but written by somebody else.
      db.since("UPDATE t SET note = note WHERE id = 7");
      assertThatThrownBy(() -> db.undo(false))
          .isInstanceOfSatisfying(
              PgmendException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
          .hasMessageContaining("changed since");
      db.undo(true);
      assertThat(db.difference(wreck)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Verify.class)
  void undoKnowsWhatTheRestoreHasWritten(Verify verify) {
    try (Small db = new Small(TABLE)) {
      db.since("DROP TABLE t");
      Map<String, String> wreck = db.fingerprint();
      restore(db, 3, verify);
      db.since("VACUUM (FREEZE) t");
      db.undo(false);
      assertThat(db.difference(wreck)).isEmpty();
    }
  }

  /// The last row but some: what was sent before is sent again.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\n49998\\t | \\n+49998\\t",
        "\\n49998\\t | \\n 49998\\t",
        "\\t74997.00\\tt | \\t+74997.00\\tt",
        "\\t74997.00\\tt | \\t74997.00\\ttrue",
        "2024-03-31 14:53:17.5+00 | 2024-03-31 16:53:17.50+02:00",
        "2024-03-31 14:53:17.5+00 | March 31 2024 14:53:17.5 UTC",
        "{\"a\": 49998} | {\"a\":49998}",
        "\\tglad\\ttab\\\\tand\\\\\\\\ä49999 | \\tglad\\ttab\\\\011and\\\\\\\\ä49999",
      })
  void whatIsSpelledOtherwiseComesBackAllTheSame(String written, String spelled)
      throws IOException {
    for (int jobs : List.of(1, 3)) {
      for (Verify verify : Verify.values()) {
        try (Small db = script()) {
          Map<String, String> before = db.fingerprint();
          edit(db, written.translateEscapes(), spelled.translateEscapes());
          db.since("DROP TABLE t");
          Outcome outcome = restore(db, jobs, verify);
          assertThat(db.difference(before)).isEmpty();
          assertThat(outcome.proofs()).allMatch(proof -> proof.rows() == 50_000);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\tglad\\ttab\\\\tand\\\\\\\\ä49999 | \\tmad\\ttab\\\\tand\\\\\\\\ä49999 | mad",
        "and\\\\\\\\ä49999 | and\\\\\\\\ä49999 which is more than forty characters | too long",
        "{\"a\": 49998} | {\"a\": 49998 | json",
        "\\n49998\\t | \\n4999800000\\t | out of range",
      })
  void whatTheServerRefusesIsToldAsForText(String written, String wrong, String said)
      throws IOException {
    try (Small db = script()) {
      edit(db, written.translateEscapes(), wrong.translateEscapes());
      db.since("DROP TABLE t");
      Map<String, String> wreck = db.fingerprint();
      assertThatThrownBy(() -> restore(db, 3, Verify.COUNTS))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining(said);
      assertThat(db.difference(wreck)).isEmpty();
    }
  }

  @Test
  void rowsThatAreTooLongForItGoAsText() {
    try (Small db = new Small(TABLE.replace("varchar(40)", "text"))) {
      Map<String, String> before = db.fingerprint();
      db.since("DROP TABLE t");
      assertThat(hash(restore(db, 3, Verify.FULL))).contains("xids");
      assertThat(db.difference(before)).isEmpty();
    }
    try (Small db =
        new Small(
            TABLE.replace("varchar(40)", "text")
                + "INSERT INTO t (id, note) VALUES (0, repeat('long', 1500000))")) {
      Map<String, String> before = db.fingerprint();
      db.since("DROP TABLE t");
      assertThat(hash(restore(db, 3, Verify.FULL))).matches("[0-9a-f]{32}");
      assertThat(db.difference(before)).isEmpty();
    }
  }
}
