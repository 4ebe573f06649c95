package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.run.Outcome;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows that come back and find their values in a unique key or an exclusion constraint taken by rows of today.
class UniqueRowsTest {
  private static final String IDS = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  /// 1 to 3 are lost; 11 has the value of 1, 12 that of 2, but is none of those that a partial index is about.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CREATE UNIQUE INDEX u ON t (a)                                                                | 2 rows | 3 4 5 11 12
          CREATE UNIQUE INDEX u ON t (lower(a), b)                                                      | 2 rows | 3 4 5 11 12
          CREATE UNIQUE INDEX u ON t (a) WHERE live                                                     | 1 row  | 2 3 4 5 11 12
          ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE INITIALLY DEFERRED                       | 2 rows | 3 4 5 11 12
          ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE                                          | 2 rows | 3 4 5 11 12
          ALTER TABLE t ADD CONSTRAINT u EXCLUDE USING gist (int4range(b, b + 1) WITH &&) WHERE (live)  | 1 row  | 2 3 4 5 11 12
          """)
  void valuesThatAreTakenAreCountedAndRefused(String index, String count, String left) {
    try (Small db =
        new Small(
            """
            CREATE TABLE t (id int PRIMARY KEY, a text, b int, live boolean DEFAULT true);
            INSERT INTO t SELECT g, 'A' || g, g FROM generate_series(1, 5) g; %s\
            """
                .formatted(index))) {
      db.since(
          "DELETE FROM t WHERE id <= 3; INSERT INTO t VALUES (11, 'A1', 1, true), (12, 'A2', 2, false)");
      Map<String, String> before = db.fingerprint();
      for (Rows rows : List.of(Rows.MISSING, Rows.CHANGED)) {
        assertThatThrownBy(() -> db.restore(with(rows, "", Conflicts.FAIL), "t"))
            .hasMessageContaining(count + " of \"public\".\"t\" cannot come back")
            .hasMessageContaining("\"u\"")
            .hasMessageContaining("(1)")
            .satisfies(e -> {
              assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED);
              assertThat(((PgmendException) e).hint()).contains("--on-conflict keep-live");
            });
        assertThat(db.difference(before)).isEmpty();
        Outcome outcome = db.restore(with(rows, "", Conflicts.KEEP_LIVE), "t");
        assertThat(db.value(IDS)).isEqualTo(left);
        assertThat(outcome.notes()).anySatisfy(note -> assertThat(note).contains(count, "\"u\""));
        assertThat(outcome.whole()).isFalse();
        db.undo(false);
        assertThat(db.difference(before)).isEmpty();
      }
      db.restore(with(Rows.EXACT, "", Conflicts.FAIL), "t");
      assertThat(db.value(IDS)).isEqualTo("1 2 3 4 5");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// What is left out keeps its own value, and so another one has to be left out, too.
  @Test
  void leavingRowsOutIsFollowedToTheEnd() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")) {
      db.since("DELETE FROM t; INSERT INTO t VALUES (1, 2), (2, 3), (9, 1)");
      db.restore(with(Rows.CHANGED, "", Conflicts.KEEP_LIVE), "t");
      assertThat(db.value("SELECT string_agg(id || '=' || a, ' ' ORDER BY id) FROM t"))
          .isEqualTo("1=2 2=3 9=1");
    }
  }

  /// A table without a key, and a unique key that is newer than the backup.
  @ParameterizedTest
  @ValueSource(strings = {"", "PRIMARY KEY"})
  void aUniqueKeyThatIsNewerThanTheBackup(String key) {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int %s, a int); INSERT INTO t VALUES (1, 1), (2, 1), (3, 3)"
                .formatted(key))) {
      db.since("DELETE FROM t; INSERT INTO t VALUES (9, 3); CREATE UNIQUE INDEX u ON t (a)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() ->
              db.restore(
                  request ->
                      with(Rows.MISSING, "", Conflicts.FAIL)
                          .apply(request)
                          .change()
                          .mode(dev.pgmend.plan.Mode.MEND)
                          .build(),
                  "t"))
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// What cannot be counted is refused all the same, by the index itself.
  @Test
  void anIndexOnAColumnThatTheBackupDoesNotHave() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 1), (2, 2)")) {
      db.since(
          "DELETE FROM t WHERE id = 1; ALTER TABLE t ADD c int DEFAULT 7; CREATE UNIQUE INDEX u ON t (c)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() ->
              db.restore(
                  request ->
                      with(Rows.MISSING, "", Conflicts.FAIL)
                          .apply(request)
                          .change()
                          .mode(dev.pgmend.plan.Mode.MEND)
                          .build(),
                  "t"))
          .hasMessageContaining("another row has the values")
          .hasMessageContaining("u")
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// a⇄b, also where others refer to the rows and would be deleted with them.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a int UNIQUE",
        "a int UNIQUE DEFERRABLE",
        "a int, EXCLUDE USING gist (int4range(a, a + 1) WITH &&)"
      })
  void exchangedValues(String column) {
    try (Small db =
        new Small(
            """
            CREATE TABLE t (id int PRIMARY KEY, %s); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
            CREATE TABLE c (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE); INSERT INTO c VALUES (1, 1), (2, 2)\
            """
                .formatted(column))) {
      db.since(
          "UPDATE t SET a = 99 WHERE id = 1; UPDATE t SET a = 1 WHERE id = 2; UPDATE t SET a = 2 WHERE id = 1; INSERT INTO t VALUES (4, 4)");
      Map<String, String> before = db.fingerprint();
      db.restore(with(Rows.CHANGED, "", Conflicts.FAIL), "t");
      assertThat(db.value("SELECT string_agg(id || '=' || a, ' ' ORDER BY id) FROM t"))
          .isEqualTo("1=1 2=2 3=3 4=4");
      assertThat(db.value("SELECT count(*) FROM c")).isEqualTo("2");
      assertThat(db.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
          .isEqualTo("0");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// The key has the partition in it: a row that has moved is a lost one and a newer one.
  @ParameterizedTest
  @CsvSource({
    "MISSING, 1>1 2>1 2>2 3>1 3>2 9>2",
    "CHANGED, 1>1 2>1 2>2 3>1 3>2 9>2",
    "EXACT, 1>1 2>1 3>2"
  })
  void rowsMoveBetweenPartitions(Rows rows, String expected) {
    try (Small db =
        new Small(
            """
            CREATE TABLE t (id int, part int, a text, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
            CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
            INSERT INTO t VALUES (1, 1, 'x'), (2, 1, 'x'), (3, 2, 'x')\
            """)) {
      db.since(
          "DELETE FROM t WHERE id = 1; UPDATE t SET part = 2 WHERE id = 2; UPDATE t SET part = 1 WHERE id = 3; INSERT INTO t VALUES (9, 2, 'new')");
      Map<String, String> before = db.fingerprint();
      db.restore(with(rows, "", Conflicts.FAIL), "t");
      assertThat(db.value("SELECT string_agg(id || '>' || part, ' ' ORDER BY id, part) FROM t"))
          .isEqualTo(expected);
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  private static UnaryOperator<Request> with(Rows rows, String where, Conflicts conflicts) {
    RowPolicy policy = RowPolicyTest.policy(rows, where, List.of(), conflicts);
    return request -> request.change().policy(policy).build();
  }
}
