package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.IndexStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// ATTACH PARTITION builds an index on the partition for every index of its parent that has none there. A partition gets those that
/// it had, or the plan, the result and the undo say which other ones it has got.
class PendingIndexesTest {
  private static final String PARTITIONS =
      """
      CREATE TABLE p (a int NOT NULL, b int, c text) PARTITION BY LIST (a);
      CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
      CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
      CREATE TABLE "P 3" PARTITION OF p FOR VALUES IN (3, 4) PARTITION BY LIST (a);
      CREATE TABLE p33 PARTITION OF "P 3" FOR VALUES IN (3);
      CREATE TABLE p34 PARTITION OF "P 3" FOR VALUES IN (4);
      CREATE INDEX whole ON p (c);
      INSERT INTO p SELECT 1 + i % 4, i, i FROM generate_series(1, 400) AS i;
      """;

  /// Indexes that nothing is attached to; p1 and p33 have ones that could be.
  private static final String PENDING =
      """
      CREATE INDEX pi ON ONLY p (b);
      CREATE INDEX "P ""x" ON ONLY p ((a + b) DESC NULLS LAST, c) WITH (fillfactor = 70) WHERE b > 0;
      ALTER INDEX "P ""x" ALTER COLUMN 1 SET STATISTICS 55;
      ALTER INDEX pi SET TABLESPACE pg_default;
      COMMENT ON INDEX pi IS 'it''s pending';
      COMMENT ON INDEX "P ""x" IS 'so is this';
      CREATE UNIQUE INDEX sole ON ONLY p (a, b);
      CREATE INDEX inner_pending ON ONLY "P 3" (b);
      CREATE INDEX p1_own ON p1 (b);
      CREATE INDEX p33_own ON p33 (b);
      """;

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "auto",
      textBlock =
          """
          DROP TABLE p1               | p1           | auto
          DROP TABLE p2               | p2           | auto
          DROP TABLE "P 3"            | public."P 3" | auto
          DROP TABLE p33              | p33          | auto
          DROP TABLE p                | p            | auto
          DELETE FROM p WHERE b < 300 | p1           | SWAP
          DELETE FROM p WHERE b < 300 | p2           | SWAP
          DELETE FROM p WHERE b < 300 | public."P 3" | SWAP
          DELETE FROM p WHERE b < 300 | p33          | SWAP
          ALTER TABLE p DETACH PARTITION p2 | p2     | auto
          """)
  void aPartitionGetsNoIndexThatItDidNotHave(String accident, String table, Mode mode) {
    try (Small db = new Small(PARTITIONS + PENDING)) {
      Map<String, String> pristine = db.fingerprint();
      db.since(accident);
      Map<String, String> before = db.fingerprint();
      Outcome outcome =
          db.restore(
              request -> Optional.ofNullable(mode).map(request::with).orElse(request), table);
      assertThat(outcome.status()).isEqualTo(Status.DONE);
      if (mode == null) {
        assertThat(db.difference(pristine)).isEmpty();
      } else {
        assertThat(indexes(db)).isEqualTo(indexes(pristine));
      }
      assertThat(db.undo(outcome.run(), Conflicts.FAIL).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  private static List<String> indexes(Small db) {
    return indexes(db.fingerprint());
  }

  private static List<String> indexes(Map<String, String> fingerprint) {
    return fingerprint.entrySet().stream()
        .filter(thing -> thing.getValue().contains("INDEX ") || thing.getKey().contains("index"))
        .map(Object::toString)
        .toList();
  }

  /// One that is attached to cannot be taken away: its partitions' indexes would go with it.
  @Test
  void anIndexThatHasToBeMadeIsSaidInThePlanAndInTheResult() {
    try (Small db =
        new Small(PARTITIONS)
            .since(
                "CREATE INDEX later ON p (b); CREATE INDEX pi ON ONLY p (a); CREATE INDEX p2_pi ON p2 (a); ALTER INDEX pi ATTACH PARTITION p2_pi")
            .since("DROP TABLE p1")) {
      assertThat(db.plan(r -> r, "p1").notices())
          .anySatisfy(note ->
              assertThat(note).contains("\"later\"", "\"public\".\"p1\"", "under its locks"))
          .anySatisfy(note -> assertThat(note).contains("\"pi\"", "\"public\".\"p1\""));
      assertThat(db.plan(r -> r, "p1").cutover()).noneMatch(IndexStep.class::isInstance);
      Outcome outcome = db.restore("p1");
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).contains("\"later\"", "\"public\".\"p1\""));
      assertThat(db.value("SELECT count(*) FROM pg_index WHERE indrelid = 'p1'::regclass"))
          .isEqualTo("3");
      assertThat(db.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'pi'::regclass"))
          .isEqualTo("f");
    }
  }

  @Test
  void anUndoThatHasToLeaveAnIndexSaysSo() {
    String pending = "CREATE INDEX pi ON ONLY p (b); CREATE INDEX p2_pi ON p2 (b);";
    String attach = "ALTER INDEX pi ATTACH PARTITION p2_pi;";
    String accident = "DELETE FROM p WHERE b < 300";
    try (Small attached = new Small(PARTITIONS + pending + attach).since(accident);
        Small later = new Small(PARTITIONS + pending).since(accident)) {
      String first = attached.restore(request -> request.with(Mode.SWAP), "p1").run();
      String second = later.restore(request -> request.with(Mode.SWAP), "p1").run();
      later.since(attach);
      assertThat(attached.undo(first, Conflicts.FAIL).kept())
          .singleElement()
          .asString()
          .contains("\"public\".\"p1\"", "\"pi\"");
      assertThat(later.undo(second, Conflicts.FAIL).kept())
          .singleElement()
          .asString()
          .contains("\"public\".\"p1\"", "\"pi\"");
      assertThat(
              later.value(
                  "SELECT count(*) FROM pg_inherits WHERE inhparent = 'pi'::regclass AND inhrelid = 'p2_pi'::regclass"))
          .isEqualTo("1");
    }
  }

  /// What was given up since is not made again.
  @Test
  void anUndoMakesNoIndexThatWasDroppedSince() {
    try (Small db = new Small(PARTITIONS + PENDING).since("DELETE FROM p WHERE b < 300")) {
      String run = db.restore(request -> request.with(Mode.SWAP), "p2").run();
      db.since("DROP INDEX pi");
      assertThat(db.undo(run, Conflicts.FAIL).kept()).isEmpty();
      assertThat(db.value("SELECT to_regclass('pi') IS NULL")).isEqualTo("t");
      assertThat(db.value("SELECT count(*) FROM pg_index WHERE indrelid = 'p2'::regclass"))
          .isEqualTo("1");
    }
  }
}
