package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Limit;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.plan.RowPolicy.Triggers;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which rows a mend touches, and what it does about those that someone else touches meanwhile.
class RowPolicyTest {
  private static final String TABLE =
      """
      CREATE TABLE t (id int PRIMARY KEY, a text, b numeric);
      INSERT INTO t SELECT g, 'a' || g, g FROM generate_series(1, 20) g;
      CREATE TABLE other AS SELECT * FROM t\
      """;

  /// 1 to 3 are lost, 4 to 6 changed, 5 only by its image, 100 to 102 newer.
  private static final String ACCIDENT =
      """
      DELETE FROM t WHERE id <= 3;
      UPDATE t SET a = 'garbled' WHERE id IN (4, 6);
      UPDATE t SET b = 5.00 WHERE id = 5;
      INSERT INTO t SELECT g, 'new', 0 FROM generate_series(100, 102) g\
      """;

  private static final String CONTENT =
      "SELECT string_agg(id || CASE WHEN a <> 'a' || id THEN a ELSE '' END || CASE WHEN b::text <> id::text THEN '/' || b ELSE '' END, ' ' ORDER BY id) FROM t WHERE id <= 7 OR id > 99";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(dev.pgmend.testing.Servers.hasClientTools(), "pg_dump is needed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MISSING | ''             | ''  | 1 2 3 4garbled 5/5.00 6garbled 7 100new/0 101new/0 102new/0
          MISSING | id <> 2        | ''  | 1 3 4garbled 5/5.00 6garbled 7 100new/0 101new/0 102new/0
          CHANGED | ''             | ''  | 1 2 3 4 5 6 7 100new/0 101new/0 102new/0
          CHANGED | t.b > 4 -- end | ''  | 4garbled 5 6 7 100new/0 101new/0 102new/0
          CHANGED | ''             | b   | 1 2 3 4garbled 5 6garbled 7 100new/0 101new/0 102new/0
          EXACT   | id % 2 = 0     | ''  | 2 4 5/5.00 6 7 101new/0
          EXACT   | ''             | a   | 1 2 3 4 5/5.00 6 7
          EXACT   | ''             | ''  | 1 2 3 4 5 6 7
          """)
  void onlyTheRowsThatAreMeantAreTouched(Rows rows, String where, String column, String expected) {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      RowPolicy policy =
          policy(rows, where, column.isEmpty() ? List.of() : List.of(column), Conflicts.FAIL);
      assertThat(db.restore(with(policy), "t").status()).isEqualTo(Outcome.Status.DONE);
      assertThat(db.value(CONTENT)).isEqualTo(expected);
      assertThat(db.difference(before)).allSatisfy(line -> assertThat(line).contains("public.t"));
      assertThat(db.restore(with(policy), "t").status()).isEqualTo(Outcome.Status.NOTHING_TO_DO);
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1=1); DROP TABLE other; --",
        "1=1; DROP TABLE other",
        "true) OR (true",
        "id = 1 /* ",
        "nix = 1",
        "a",
        "id = $1",
        "count(*) > 1",
        "true) AS x; COMMIT; DROP TABLE other; SELECT (true"
      })
  void whatIsNoConditionIsRefused(String where) {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      Plan plan = db.plan(with(policy(Rows.EXACT, where, List.of(), Conflicts.FAIL)), "t");
      assertThat(plan.refusals()).extracting(Refusal::code).containsExactly("where");
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE t ADD CHECK (a IS NOT NULL)"})
  void aRowThatFitsNoMoreIsRefusedAndCanBeLeftOut(String since) {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, NULL), (2, 'x'), (3, 'y')")) {
      db.since("DELETE FROM t WHERE id < 3; " + since);
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(mend(""), "t"))
          .hasMessageContaining("a row of the backup does not fit in today")
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
      assertThat(db.difference(before)).isEmpty();
      assertThat(db.restore(mend("a IS NOT NULL"), "t").status()).isEqualTo(Outcome.Status.DONE);
      assertThat(db.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM t")).isEqualTo("2 3");
    }
  }

  private static UnaryOperator<Request> mend(String where) {
    return request ->
        request
            .change()
            .mode(dev.pgmend.plan.Mode.MEND)
            .policy(policy(Rows.MISSING, where, List.of(), Conflicts.FAIL))
            .build();
  }

  @Test
  void aTableWithoutAKeyGetsLostRowsBackAndIsNotChanged() {
    try (Small db =
        new Small(
            "CREATE TABLE n (a int, b text); INSERT INTO n SELECT g % 3, 'x' FROM generate_series(1, 9) g")) {
      db.since("DELETE FROM n WHERE a = 1; INSERT INTO n VALUES (1, 'x'), (0, 'x')");
      assertThat(db.plan(with(RowPolicy.of(Rows.CHANGED)), "n").refusals())
          .extracting(Refusal::code)
          .containsExactly("rows");
      db.restore(with(RowPolicy.of(Rows.MISSING)), "n");
      assertThat(db.value("SELECT string_agg(a::text, '' ORDER BY a) FROM n"))
          .isEqualTo("0000111222");
    }
  }

  @ParameterizedTest
  @CsvSource({"9, false, true", "8, false, false", "45, true, true", "44, true, false"})
  void noMoreRowsChangeThanTheUserAllows(long number, boolean percent, boolean allowed) {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      RowPolicy policy =
          new RowPolicy(
              Rows.EXACT,
              "",
              List.of(),
              Optional.of(new Limit(number, percent)),
              Conflicts.FAIL,
              Triggers.SUPPRESS);
      if (allowed) {
        assertThat(db.restore(with(policy), "t").status()).isEqualTo(Outcome.Status.DONE);
      } else {
        assertThatThrownBy(() -> db.restore(with(policy), "t"))
            .hasMessageContaining("9 rows")
            .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
        assertThat(db.difference(before)).isEmpty();
      }
    }
  }

  /// Between the comparison and the change someone puts 2 back himself, writes 4, 5 and 100, repairs 6, deletes 102, adds 3 and 200.
  private static final String MEANWHILE =
      """
      INSERT INTO t VALUES (2, 'a2', 2), (3, 'mine', 3), (200, 'mine', 0);
      UPDATE t SET a = 'mine' WHERE id IN (4, 5, 100); UPDATE t SET a = 'a6' WHERE id = 6; DELETE FROM t WHERE id = 102\
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MISSING | KEEP_LIVE   | 1 of | 1 2 3mine 4mine 5mine/5.00 6 7 100mine/0 101new/0 200mine/0
          MISSING | TAKE_BACKUP | 1 of | 1 2 3 4mine 5mine/5.00 6 7 100mine/0 101new/0 200mine/0
          CHANGED | KEEP_LIVE   | 3 rows | 1 2 3mine 4mine 5mine/5.00 6 7 100mine/0 101new/0 200mine/0
          CHANGED | TAKE_BACKUP | 3 rows | 1 2 3 4 5 6 7 100mine/0 101new/0 200mine/0
          EXACT   | KEEP_LIVE   | 5 rows | 1 2 3mine 4mine 5mine/5.00 6 7 100mine/0 200mine/0
          EXACT   | TAKE_BACKUP | 5 rows | 1 2 3 4 5 6 7
          """)
  void whatSomeoneWritesMeanwhileIsNotWrittenOverSilently(
      Rows rows, Conflicts conflicts, String count, String expected) {
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      RowPolicy failing = policy(rows, "", List.of(), Conflicts.FAIL);
      Map<String, String>[] states = states();
      Progress meanwhile =
          at(
              "cutover",
              () -> {
                db.since(MEANWHILE);
                states[0] = db.fingerprint();
              });
      assertThatThrownBy(() -> db.restore(meanwhile, with(failing), "t"))
          .hasMessageContaining("written by someone")
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.MISMATCH));
      assertThat(db.difference(states[0])).isEmpty();
    }
    try (Small db = new Small(TABLE).since(ACCIDENT)) {
      Map<String, String>[] states = states();
      Outcome outcome =
          db.restore(
              at(
                  "cutover",
                  () -> {
                    db.since(MEANWHILE);
                    states[0] = db.fingerprint();
                  }),
              with(policy(rows, "", List.of(), conflicts)),
              "t");
      assertThat(db.value(CONTENT)).isEqualTo(expected);
      assertThat(outcome.notes())
          .anySatisfy(
              note -> assertThat(note).contains(count.replace("1 of", "1 row of")).contains("(3)"));
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(states[0])).isEmpty();
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String>[] states() {
    return new Map[1];
  }

  @Test
  void triggersFireOnlyIfTheUserSaysSo() {
    try (Small db =
        new Small(
            TABLE
                + """
                ;CREATE TABLE log (id int);
                CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (new.id); RETURN new; END';
                CREATE TRIGGER n AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
                CREATE TRIGGER always AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE t ENABLE ALWAYS TRIGGER always;
                CREATE TRIGGER replica AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE t ENABLE REPLICA TRIGGER replica\
                """)) {
      String states =
          "SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal";
      String before = db.value(states);
      db.since(
              "ALTER TABLE t DISABLE TRIGGER USER; DELETE FROM t WHERE id < 4; UPDATE t SET a = 'x' WHERE id = 7;")
          .since(
              "ALTER TABLE t ENABLE TRIGGER n; ALTER TABLE t ENABLE ALWAYS TRIGGER always; ALTER TABLE t ENABLE REPLICA TRIGGER replica");
      assertThat(db.plan(with(RowPolicy.of(Rows.CHANGED)), "t").cutover())
          .anySatisfy(step -> assertThat(step.locks()).contains("SHARE ROW EXCLUSIVE on"));
      db.restore(with(RowPolicy.of(Rows.CHANGED)), "t");
      assertThat(db.value("SELECT count(*) FROM log")).isEqualTo("0");
      assertThat(db.value(states)).isEqualTo(before).isEqualTo("alwaysA nO replicaR");
      db.undo(false);
      assertThat(db.value("SELECT count(*) FROM log")).isEqualTo("0");
      RowPolicy fire =
          new RowPolicy(
              Rows.CHANGED, "", List.of(), Optional.empty(), Conflicts.FAIL, Triggers.FIRE);
      assertThat(db.plan(with(fire), "t").cutover())
          .noneSatisfy(step -> assertThat(step.locks()).startsWith("SHARE ROW"));
      db.restore(with(fire), "t");
      assertThat(db.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM log"))
          .isEqualTo("1 2 3 7");
      assertThat(db.value(states)).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          RAISE EXCEPTION 'no way %', new.id   | REFUSED  | no way 1
          new.a := 'other'; RETURN new         | MISMATCH | not what they were to be
          RETURN NULL                          | MISMATCH | to be found to
          """)
  void aTriggerInTheWayIsNamed(String body, PgmendException.Kind kind, String message) {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a'), (2, 'b'); CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN %s; END$$; CREATE TRIGGER guards BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION guard()"
                .formatted(body))) {
      db.since("DELETE FROM t WHERE id = 1");
      Map<String, String> before = db.fingerprint();
      RowPolicy fire =
          new RowPolicy(
              Rows.MISSING, "", List.of(), Optional.empty(), Conflicts.FAIL, Triggers.FIRE);
      assertThatThrownBy(() -> db.restore(with(fire), "t"))
          .isInstanceOfSatisfying(
              PgmendException.class,
              failure -> {
                assertThat(failure.kind()).isEqualTo(kind);
                assertThat(failure.hint()).contains("--triggers suppress");
                assertThat(failure.getMessage() + failure.hint()).contains("guards of");
              })
          .hasMessageContaining(message);
      assertThat(db.difference(before)).isEmpty();
      db.restore(with(RowPolicy.of(Rows.MISSING)), "t");
      assertThat(db.value("SELECT a FROM t WHERE id = 1")).isEqualTo("a");
    }
  }

  @Test
  void rowsWithoutAParentAreLeftOutAndWhatRefersToThem() {
    try (Small db =
        new Small(
            """
            CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 5);
            CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, up int REFERENCES c, note text);
            INSERT INTO c VALUES (1, 1, NULL, ''), (2, 3, 1, ''), (3, 2, 2, ''), (4, 4, 3, ''), (5, 5, 1, ''), (6, 2, NULL, '')\
            """)) {
      db.since(
          "DELETE FROM c; DELETE FROM p WHERE id = 3; INSERT INTO c VALUES (4, NULL, NULL, 'mine'), (7, 1, NULL, 'mine')");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore("c")).hasMessageContaining("(3)");
      assertThat(db.difference(before)).isEmpty();
      Outcome outcome = db.restore(request -> request.with(Request.Orphans.SKIP), "c");
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).contains("1 row", "c_p_fkey", "(2)"))
          .anySatisfy(note -> assertThat(note).contains("1 row", "c_up_fkey", "(3)"));
      assertThat(outcome.whole()).isFalse();
      assertThat(db.value("SELECT string_agg(id || note, ' ' ORDER BY id) FROM c"))
          .isEqualTo("1 4mine 5 6");
      assertThat(db.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
          .isEqualTo("0");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  static RowPolicy policy(Rows rows, String where, List<String> columns, Conflicts conflicts) {
    return new RowPolicy(rows, where, columns, Optional.empty(), conflicts, Triggers.SUPPRESS);
  }

  static UnaryOperator<Request> with(RowPolicy policy) {
    return request -> request.change().policy(policy).build();
  }

  /// {@return what does something when a phase begins}
  static Progress at(String phase, Runnable action) {
    return new Progress() {
      @Override
      public void phase(String name) {
        if (name.equals(phase)) {
          action.run();
        }
      }
    };
  }
}
