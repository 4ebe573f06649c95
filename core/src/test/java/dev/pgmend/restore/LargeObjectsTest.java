package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.run.Outcome.Status;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Large objects that rows name come back with them, under their OIDs; nobody else's is touched.
class LargeObjectsTest {
  private static final String SHOP =
      """
      CREATE DOMAIN lo AS oid;
      CREATE TABLE t (id int PRIMARY KEY, x text, o oid, l lo);
      DO $$ BEGIN
        FOR i IN 1..9 LOOP PERFORM lo_from_bytea(4300000 + i, convert_to(repeat('abc' || i, i * 1000), 'UTF8')); END LOOP;
        PERFORM lo_create(4300100);
        PERFORM lo_from_bytea(4300101, decode(repeat('00ff', 600000), 'hex'));
        PERFORM lo_from_bytea(4300102, decode(repeat('5c', 262144), 'hex'));
        PERFORM lo_from_bytea(4399999, 'nobody names it');
      END $$;
      INSERT INTO t SELECT g, 'x' || g, 4300000 + g, 4300100 + g FROM generate_series(1, 9) g;
      INSERT INTO t VALUES (99, 'empty', 4300100, NULL);
      GRANT SELECT ON LARGE OBJECT 4300002 TO PUBLIC;
      COMMENT ON LARGE OBJECT 4300003 IS 'it''s';
      ALTER LARGE OBJECT 4300004 OWNER TO pg_monitor;
      GRANT UPDATE ON LARGE OBJECT 4300004 TO pg_read_all_data;
      """;
  private static final String GONE =
      "; DO $$ BEGIN PERFORM lo_unlink(oid) FROM unnest(ARRAY[4300002, 4300003, 4300004, 4300007, 4300100, 4300101, 4300102]) oid; END $$";

  @BeforeAll
  static void pgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  private static UnaryOperator<Request> in(Mode mode) {
    return request -> request.with(mode);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Fc", "-Fc -Z0", "-Fd", "-Ft", "-Fp", "-Fp --column-inserts"})
  void thoseThatAreGoneComeBackFromEveryArchive(String options) {
    try (Small db = new Small(SHOP, List.of(options.split(" ")))) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE t" + GONE);
      Map<String, String> wrecked = db.fingerprint();
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.undo(false).open()).isEmpty();
      assertThat(db.difference(wrecked)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MEND", "SWAP"})
  void theyComeBackInEveryModeEvenIfNoRowIsMissing(Mode mode) {
    try (Small db = new Small(SHOP)) {
      Map<String, String> pristine = db.fingerprint();
      db.since("SELECT 1" + GONE);
      assertThat(db.restore(in(mode), "t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
      assertThat(db.restore(in(mode), "t").status()).isEqualTo(Status.NOTHING_TO_DO);
    }
  }

  @Test
  void oneThatIsThereWithAnotherContentIsRefusedByItsOid() {
    try (Small db = new Small(SHOP)) {
      db.since("DELETE FROM t WHERE id < 3").since("SELECT lo_put(4300005, 15000, 'longer')");
      Map<String, String> wrecked = db.fingerprint();
      assertThatThrownBy(() -> db.restore(in(Mode.MEND), "t"))
          .hasMessageContaining("large object 4300005");
      assertThat(db.difference(wrecked)).isEmpty();
      assertThat(db.restore(r -> r.with(Mode.MEND).change().acceptNeeds(true).build(), "t").notes())
          .anySatisfy(note -> assertThat(note).contains("4300005").contains("stays as it is"));
    }
  }

  @Test
  void oneThatWasChangedSinceKeepsAnUndoFromRemovingIt() {
    try (Small db = new Small(SHOP)) {
      db.since("DROP TABLE t" + GONE);
      Map<String, String> wrecked = db.fingerprint();
      db.restore("t");
      db.since("SELECT lo_put(4300100, 0, 'no longer empty')");
      assertThatThrownBy(() -> db.undo(false)).hasMessageContaining("large object 4300100");
      db.undo(true);
      assertThat(db.difference(wrecked)).isEmpty();
    }
  }

  @Test
  void aBackupWithoutTheirContentsDoesNotLeaveThemOutSilently() throws IOException {
    try (Small db = new Small(SHOP, List.of("-Fp"))) {
      db.since("DROP TABLE t" + GONE);
      Map<String, String> wrecked = db.fingerprint();
      String script = Files.readString(db.archive());
      Files.writeString(
          db.archive(),
          script
              .lines()
              .filter(line -> !line.matches("SELECT pg_catalog\\.lo(_open|write|_close)\\(.*"))
              .collect(Collectors.joining("\n", "", "\n")));
      assertThatThrownBy(() -> db.restore("t"))
          .hasMessageContaining("nor has the backup their contents");
      assertThat(db.difference(wrecked)).isEmpty();
    }
  }

  @Test
  void contentsWithoutStandardStringsAreTheSame() {
    try (Small db =
        new Small(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$; "
                + SHOP,
            List.of("-Fp"))) {
      Map<String, String> pristine = db.fingerprint();
      db.since("DROP TABLE t" + GONE);
      assertThat(db.restore("t").status()).isEqualTo(Status.DONE);
      assertThat(db.difference(pristine)).isEmpty();
    }
  }

  @Test
  void anOwnerWhoIsNotThereIsFoundOutBeforehand() {
    String role = "large_objects_owner";
    try (Small db =
        new Small(
            "CREATE ROLE %s; ".formatted(role)
                + SHOP
                + "ALTER LARGE OBJECT 4300001 OWNER TO %s;".formatted(role))) {
      db.since("DROP TABLE t; SELECT lo_unlink(4300001)").since("DROP ROLE " + role);
      assertThatThrownBy(() -> db.restore("t")).hasMessageContaining(role);
      assertThat(db.restore(r -> r.change().noOwner(true).build(), "t").status())
          .isEqualTo(Status.DONE);
    }
  }

  /// Rows that are not meant do not bring theirs.
  @Test
  void rowsThatAreNotMeantDoNotBringTheirs() {
    try (Small db = new Small(SHOP)) {
      db.since(
          "DELETE FROM t WHERE id IN (2, 3, 4); UPDATE t SET x = 'bad', o = 0 WHERE id = 7" + GONE);
      String there =
          "SELECT string_agg((oid::bigint - 4300000)::text, ' ' ORDER BY oid) FROM pg_largeobject_metadata WHERE oid IN (4300002, 4300003, 4300004, 4300007)";
      db.restore(some("id = 3", List.of()), "t");
      assertThat(db.value(there)).isEqualTo("3");
      db.restore(some("id IN (2, 7)", List.of("x")), "t");
      assertThat(db.value(there)).isEqualTo("2 3");
      assertThat(db.value("SELECT x || o FROM t WHERE id = 7")).isEqualTo("x70");
      db.restore("t");
      assertThat(db.value(there)).isEqualTo("2 3 4 7");
    }
  }

  private static UnaryOperator<Request> some(String where, List<String> columns) {
    return request ->
        request
            .change()
            .policy(
                RowPolicyTest.policy(
                    RowPolicy.Rows.CHANGED, where, columns, RowPolicy.Conflicts.FAIL))
            .build();
  }
}
