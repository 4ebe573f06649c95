package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.testing.Servers;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an owner cannot see, and what he cannot read, is neither lost nor a reason to refuse.
class RowSecurityTest {
  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  /// FORCE ROW LEVEL SECURITY hides half of the rows from the owner himself.
  @ParameterizedTest
  @EnumSource(names = {"MISSING", "CHANGED", "EXACT"})
  void rowsThatAreHiddenFromTheirOwner(Rows rows) {
    try (Small db =
        new Small(
            """
            DO 'BEGIN CREATE ROLE secure_a LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'; GRANT CREATE ON SCHEMA public TO secure_a;
            CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT g, 'a' FROM generate_series(1, 10) g;
            ALTER TABLE t OWNER TO secure_a; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
            CREATE POLICY half ON t USING (id % 2 = 0)\
            """,
            "secure_a")) {
      db.since(
          "DELETE FROM t WHERE id < 5; UPDATE t SET a = 'bad' WHERE id IN (7, 8); INSERT INTO t VALUES (101, 'new'), (102, 'new')");
      Map<String, String> before = db.fingerprint();
      Plan plan = db.plan(with(rows), "t");
      assertThat(plan.verify())
          .anySatisfy(step -> assertThat(step.locks()).contains("ACCESS EXCLUSIVE"));
      assertThat(plan.cutover())
          .anySatisfy(step -> assertThat(step.locks()).contains("ACCESS EXCLUSIVE"));
      db.restore(with(rows), "t");
      assertThat(db.value("SELECT count(*) || ' ' || count(*) FILTER (WHERE a = 'bad') FROM t"))
          .isEqualTo(rows == Rows.MISSING ? "12 2" : rows == Rows.CHANGED ? "12 0" : "10 0");
      assertThat(db.value("SELECT relforcerowsecurity FROM pg_class WHERE oid = 't'::regclass"))
          .isIn("t", "true");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// Whoever passes row security by need not lift it.
  @Test
  void nobodyWaitsForARoleThatPassesRowSecurityBy() {
    try (Small db =
        new Small(
            """
            DO 'BEGIN CREATE ROLE secure_d LOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END'; GRANT CREATE ON SCHEMA public TO secure_d;
            CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT g, 'a' FROM generate_series(1, 10) g;
            ALTER TABLE t OWNER TO secure_d; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
            CREATE POLICY half ON t USING (id % 2 = 0)\
            """,
            "secure_d")) {
      db.since("DELETE FROM t WHERE id < 5; INSERT INTO t VALUES (101, 'new')");
      Map<String, String> before = db.fingerprint();
      Plan plan = db.plan(with(Rows.EXACT), "t");
      assertThat(plan.verify())
          .noneSatisfy(step -> assertThat(step.locks()).contains("ACCESS EXCLUSIVE"));
      assertThat(plan.cutover())
          .noneSatisfy(step -> assertThat(step.locks()).contains("ACCESS EXCLUSIVE"));
      db.restore(with(Rows.EXACT), "t");
      assertThat(db.value("SELECT count(*) FROM t")).isEqualTo("10");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// Somebody else's table refers to it, may not be read, and would be changed only if a key's value disappeared.
  @Test
  void changesThatReachNobodyNeedNobodysRights() {
    try (Small db =
        new Small(
            """
            DO 'BEGIN CREATE ROLE secure_c; CREATE ROLE secure_b LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'; GRANT CREATE ON SCHEMA public TO secure_b;
            CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a'), (2, 'a'); ALTER TABLE t OWNER TO secure_b;
            CREATE TABLE c (t int REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE); INSERT INTO c VALUES (1); ALTER TABLE c OWNER TO secure_c\
            """,
            "secure_b")) {
      db.since("UPDATE t SET a = 'bad' WHERE id = 1");
      Map<String, String> before = db.fingerprint();
      db.restore("t");
      assertThat(db.value("SELECT string_agg(a, '' ORDER BY id) FROM t")).isEqualTo("aa");
      db.since("INSERT INTO t VALUES (9, 'new')");
      assertThatThrownBy(() -> db.restore("t"))
          .satisfies(e -> {
            assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED);
            assertThat(((PgmendException) e).hint()).contains("GRANT SELECT");
          });
      db.since("DELETE FROM t WHERE id = 9");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  private static UnaryOperator<Request> with(Rows rows) {
    RowPolicy policy = RowPolicyTest.policy(rows, "", List.of(), Conflicts.FAIL);
    return request -> request.change().policy(policy).build();
  }
}
