package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.Request.Orphans;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Limit;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.plan.RowPolicy.Triggers;
import dev.pgmend.run.Outcome;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows without parents that go, or let go of them: rows that come back, and live ones that refer to rows that go.
class OrphanRowsTest {
  private static final String PARENTS =
      "CREATE TABLE p (id int PRIMARY KEY, a text); INSERT INTO p SELECT g, 'a' || g FROM generate_series(1, 5) g;";

  private static final String ROWS =
      "SELECT string_agg(id || coalesce('>' || p, ''), ' ' ORDER BY id) FROM c";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
  }

  /// Newer parents go, and with them or without them the rows of a table that was not asked for.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DELETE | ''                 | PRIMARY KEY | 1>1 2>2 5 6>3      | 2 rows
          DELETE | ON DELETE CASCADE  | PRIMARY KEY | 1>1 2>2 5 6>3      | 2 rows
          DELETE | ON DELETE SET NULL | ''          | 1>1 2>2 5 6>3      | 2 rows
          NULL   | ''                 | PRIMARY KEY | 1>1 2>2 3 4 5 6>3  | 2 rows
          NULL   | ON DELETE CASCADE  | PRIMARY KEY | 1>1 2>2 3 4 5 6>3  | 2 rows
          NULL   | ON DELETE RESTRICT | ''          | 1>1 2>2 3 4 5 6>3  | 2 rows
          """)
  void liveRowsWhoseParentsGo(
      Orphans orphans, String action, String key, String expected, String count) {
    try (Small db =
        new Small(
            PARENTS
                + """
                CREATE TABLE c (id int %s, p int REFERENCES p %s, note text DEFAULT 'x');
                INSERT INTO c VALUES (1, 1), (2, 2);
                CREATE TABLE log (id int);
                CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (1); RETURN NULL; END';
                CREATE TRIGGER n AFTER UPDATE OR DELETE ON c FOR EACH ROW EXECUTE FUNCTION note()\
                """
                    .formatted(key, action))) {
      db.since(
          "INSERT INTO p VALUES (8, 'new'), (9, 'new'); INSERT INTO c VALUES (3, 8), (4, 9), (5, NULL), (6, 3)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore("p"))
          .hasMessageContaining("2 rows of \"public\".\"c\" have no parent")
          .satisfies(e ->
              assertThat(((PgmendException) e).hint())
                  .contains("--orphans delete", "--orphans null", "\"p\"", "not-valid")
                  .contains("Restore \"public\".\"c\""));
      assertThat(db.difference(before)).isEmpty();

      Outcome outcome = db.restore(request -> request.with(orphans), "p");
      assertThat(db.value(ROWS)).isEqualTo(expected);
      assertThat(db.value("SELECT count(*) FROM p")).isEqualTo("5");
      assertThat(outcome.whole()).isFalse();
      long changed = orphans == Orphans.NULL ? 2 : 0;
      assertThat(outcome.changes())
          .contains(new Outcome.Change("\"public\".\"c\"", 2 - changed, changed, 0));
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).contains(count, "c_p_fkey", "(3", "(4"));
      assertThat(db.value("SELECT count(*) FROM log")).isEqualTo("0");
      assertThat(db.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated"))
          .isEqualTo("0");
      assertThat(db.restore(request -> request.with(orphans), "p").status())
          .isEqualTo(Outcome.Status.NOTHING_TO_DO);
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void nothingIsSaidOfATableOfWhichNoRowGoes() {
    try (Small db =
        new Small(
            PARENTS + "CREATE TABLE c (id int, p int REFERENCES p); INSERT INTO c VALUES (1, 1)")) {
      db.since("DELETE FROM p WHERE id = 5");
      assertThat(db.plan(request -> request.with(Orphans.DELETE), "p").notices())
          .anySatisfy(note -> assertThat(note).contains("was not asked for"));
      assertThat(db.restore(request -> request.with(Orphans.DELETE), "p").notes())
          .noneSatisfy(note -> assertThat(note).contains("was not asked for"));
    }
  }

  @Test
  void parentsInTheSameTableAreOfferedWhereAConditionLeavesThemOut() {
    try (Small db =
        new Small(
            "CREATE TABLE c (id int PRIMARY KEY, up int REFERENCES c); INSERT INTO c VALUES (1, NULL), (2, 1), (3, 2)")) {
      db.since("DELETE FROM c");
      assertThatThrownBy(() -> db.restore(with(Rows.MISSING, "id = 3", Orphans.FAIL), "c"))
          .satisfies(e ->
              assertThat(((PgmendException) e).hint())
                  .contains("--orphans with-parents")
                  .doesNotContain("in the same command"));
      db.restore(with(Rows.MISSING, "id = 3", Orphans.WITH_PARENTS), "c");
      assertThat(db.value("SELECT count(*) FROM c")).isEqualTo("3");
    }
  }

  /// Rows come back whose parents are gone.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MISSING | DELETE | 1>1 4>1 5>5
          MISSING | NULL   | 1>1 2 3 4>1 5>5
          CHANGED | DELETE | 1>1 4>1 5>5
          CHANGED | NULL   | 1>1 2 3 4 5>5
          """)
  void rowsThatComeWithoutParents(Rows rows, Orphans orphans, String expected) {
    try (Small db =
        new Small(
            PARENTS
                + "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, up int REFERENCES c); INSERT INTO c VALUES (1, 1, NULL), (2, 2, 1), (3, 3, 2), (4, 2, NULL), (5, 5, NULL)")) {
      db.since(
          "DELETE FROM c WHERE id IN (2, 3, 5); UPDATE c SET p = 1 WHERE id = 4; DELETE FROM p WHERE id IN (2, 3)");
      Map<String, String> before = db.fingerprint();
      UnaryOperator<Request> choices = with(rows, "", orphans);
      Outcome outcome = db.restore(choices, "c");
      assertThat(db.value(ROWS)).isEqualTo(expected);
      assertThat(outcome.notes())
          .anySatisfy(note -> assertThat(note).contains("c_p_fkey", "(2)", "(3)"));
      assertThat(outcome.exceptions().values())
          .hasSize(orphans == Orphans.NULL ? 1 : 0)
          .allSatisfy(what -> assertThat(what).startsWith("NULL in \"p\""));
      assertThat(db.restore(choices, "c").status()).isEqualTo(Outcome.Status.NOTHING_TO_DO);
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// Within what was asked for it is followed to the end: 101 goes, so what refers to it, and so on.
  @ParameterizedTest
  @CsvSource({"DELETE, '1 2>1'", "NULL, '1 2>1 3 4>3'"})
  void selfReferences(Orphans orphans, String expected) {
    try (Small db =
        new Small(
            "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES c); INSERT INTO c VALUES (1, NULL), (2, 1), (3, 1), (4, 3)")) {
      db.since("INSERT INTO c VALUES (101, 2); UPDATE c SET p = 101 WHERE id = 3");
      Map<String, String> before = db.fingerprint();
      UnaryOperator<Request> choices = with(Rows.EXACT, "id > 100", orphans);
      assertThatThrownBy(() -> db.restore(with(Rows.EXACT, "id > 100", Orphans.FAIL), "c"))
          .hasMessageContaining("c_p_fkey");
      assertThat(db.difference(before)).isEmpty();
      db.restore(choices, "c");
      assertThat(db.value(ROWS)).isEqualTo(expected);
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a int NOT NULL, b int |              | 3/-1/-
          a int, b int          | MATCH FULL   | 3/-/-
          a int, b int          | ON DELETE SET NULL (b) | 3/-1/-
          a int, b int          |              | 3/-/-
          """)
  void ofSeveralColumnsThoseAreSetThatMayBeNull(String columns, String match, String expected) {
    try (Small db =
        new Small(
            """
            CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 1);
            CREATE TABLE c (id int PRIMARY KEY, %s, FOREIGN KEY (a, b) REFERENCES p %s); INSERT INTO c VALUES (1, 1, 1)\
            """
                .formatted(columns, match == null ? "" : match))) {
      db.since("INSERT INTO p VALUES (-1, 2); INSERT INTO c VALUES (3, -1, 2)");
      Map<String, String> before = db.fingerprint();
      db.restore(request -> request.with(Orphans.NULL), "p");
      assertThat(
              db.value(
                  "SELECT concat_ws('/', id, coalesce(a::text, '-'), coalesce(b::text, '-')) FROM c WHERE id = 3"))
          .isEqualTo(expected);
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a int NOT NULL, b int NOT NULL", "a int NOT NULL, b int, MATCH FULL"})
  void whereNullMayNotBeItIsRefusedByName(String columns) {
    try (Small db =
        new Small(
            """
            CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 1);
            CREATE TABLE c (id int PRIMARY KEY, %s, FOREIGN KEY (a, b) REFERENCES p %s); INSERT INTO c VALUES (1, 1, 1)\
            """
                .formatted(
                    columns.replace(", MATCH FULL", ""),
                    columns.contains("FULL") ? "MATCH FULL" : ""))) {
      db.since("INSERT INTO p VALUES (9, 2); INSERT INTO c VALUES (3, 9, 2)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(request -> request.with(Orphans.NULL), "p"))
          .hasMessageContaining("1 rows of \"public\".\"c\" have no parent")
          .satisfies(e ->
              assertThat(((PgmendException) e).hint())
                  .contains("\"a\"", "may not be NULL", "--orphans delete")
                  .doesNotContain("--orphans null gives"));
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// A domain or a check may forbid NULL where the column does not.
  @ParameterizedTest
  @ValueSource(strings = {"p int CHECK (p IS NOT NULL)", "p d"})
  void whatForbidsNullOtherwiseIsRefused(String column) {
    try (Small db =
        new Small(
            PARENTS
                + "CREATE DOMAIN d AS int CHECK (VALUE IS NOT NULL); CREATE TABLE c (id int PRIMARY KEY, %s REFERENCES p)"
                    .formatted(column))) {
      db.since("INSERT INTO p VALUES (9); INSERT INTO c VALUES (1, 9)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(request -> request.with(Orphans.NULL), "p"))
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED))
          .hasMessageContaining("NULL");
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// It ends with the tables that refer to restored ones: what refers to these is refused, whatever its key would do.
  @ParameterizedTest
  @ValueSource(strings = {"", "ON DELETE CASCADE", "ON DELETE SET NULL"})
  void neverACascade(String action) {
    try (Small db =
        new Small(
            PARENTS
                + "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p); CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c %s)"
                    .formatted(action))) {
      db.since(
          "INSERT INTO p VALUES (9); INSERT INTO c VALUES (1, 9); INSERT INTO d VALUES (1, 1)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(request -> request.with(Orphans.DELETE), "p"))
          .hasMessageContaining("1 rows of \"public\".\"d\"")
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED));
      assertThat(db.difference(before)).isEmpty();
      db.restore(request -> request.with(Orphans.NULL), "p");
      assertThat(db.value(ROWS)).isEqualTo("1");
      assertThat(db.value("SELECT c FROM d")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DELETE", "NULL"})
  void rowsInPartitions(Orphans orphans) {
    try (Small db =
        new Small(
            PARENTS
                + """
                CREATE TABLE c (id int, p int REFERENCES p, PRIMARY KEY (id)) PARTITION BY RANGE (id);
                CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (10); CREATE TABLE c2 PARTITION OF c FOR VALUES FROM (10) TO (20)\
                """)) {
      db.since("INSERT INTO p VALUES (9); INSERT INTO c VALUES (1, 9), (2, 1), (11, 9), (12, 2)");
      Map<String, String> before = db.fingerprint();
      db.restore(request -> request.with(orphans), "p");
      assertThat(db.value(ROWS)).isEqualTo(orphans == Orphans.NULL ? "1 2>1 11 12>2" : "2>1 12>2");
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false, false", "2, false, true", "49, true, false", "50, true, true"})
  void theLimitHoldsForThemToo(long number, boolean percent, boolean allowed) {
    try (Small db =
        new Small(PARENTS + "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p)")) {
      db.since("INSERT INTO p VALUES (9); INSERT INTO c VALUES (1, 9), (2, 9), (3, 1), (4, 1)");
      Map<String, String> before = db.fingerprint();
      RowPolicy policy =
          new RowPolicy(
              Rows.EXACT,
              "",
              List.of(),
              Optional.of(new Limit(number, percent)),
              Conflicts.FAIL,
              Triggers.SUPPRESS);
      UnaryOperator<Request> choices =
          request -> request.change().policy(policy).orphans(Orphans.DELETE).build();
      if (allowed) {
        db.restore(choices, "p");
        assertThat(db.value(ROWS)).isEqualTo("3>1 4>1");
      } else {
        assertThatThrownBy(() -> db.restore(choices, "p"))
            .hasMessageContaining("2 rows of \"public\".\"c\" would change");
        assertThat(db.difference(before)).isEmpty();
      }
    }
  }

  @Test
  void rowsOfOthersAreNotTouched() {
    try (Small db =
        new Small(
            """
            DO 'BEGIN CREATE ROLE orph_a; CREATE ROLE orph_b LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END';
            GRANT CREATE ON SCHEMA public TO orph_b;
            CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1); ALTER TABLE p OWNER TO orph_b;
            CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p); ALTER TABLE c OWNER TO orph_a; GRANT SELECT ON c TO orph_b\
            """,
            "orph_b")) {
      db.since("INSERT INTO p VALUES (9); INSERT INTO c VALUES (1, 9)");
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(request -> request.with(Orphans.DELETE), "p"))
          .satisfies(e -> {
            assertThat(((PgmendException) e).kind()).isEqualTo(Kind.REFUSED);
            assertThat(((PgmendException) e).hint())
                .contains("GRANT \"orph_a\" TO \"orph_b\"")
                .doesNotContain("--orphans delete removes", "not-valid");
          });
      assertThat(db.difference(before)).isEmpty();
    }
  }

  /// Between the comparison and the change someone refers to a row that goes: no key's own action finds his row.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DELETE | ''                 | INSERT INTO c VALUES (7, 9)       | REFUSED
          DELETE | ON DELETE CASCADE  | INSERT INTO c VALUES (7, 9)       | REFUSED
          NULL   | ON DELETE SET NULL | INSERT INTO c VALUES (7, 9)       | REFUSED
          DELETE | ON DELETE CASCADE  | UPDATE c SET p = 1 WHERE id = 1   | MISMATCH
          NULL   | ''                 | UPDATE c SET p = 8 WHERE id = 1   | MISMATCH
          NULL   | ON DELETE CASCADE  | UPDATE c SET p = 9 WHERE id = 2   | REFUSED
          """)
  void whatSomeoneWritesMeanwhileIsNotTouched(
      Orphans orphans, String action, String meanwhile, Kind kind) {
    try (Small db =
        new Small(
            PARENTS
                + "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p %s)".formatted(action))) {
      db.since("INSERT INTO p VALUES (8), (9); INSERT INTO c VALUES (1, 9), (2, 1)");
      List<Map<String, String>> states = new ArrayList<>();
      assertThatThrownBy(() ->
              db.restore(
                  RowPolicyTest.at(
                      "cutover",
                      () -> {
                        db.since(meanwhile);
                        states.add(db.fingerprint());
                      }),
                  request -> request.with(orphans),
                  "p"))
          .satisfies(e -> assertThat(((PgmendException) e).kind()).isEqualTo(kind));
      assertThat(db.difference(states.getLast())).isEmpty();
    }
  }

  @Test
  void whatSomeoneWritesMeanwhileCannotBeReplaced() {
    try (Small db =
        new Small(PARENTS + "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p)")) {
      UnaryOperator<Request> choices =
          request ->
              request
                  .change()
                  .policy(RowPolicyTest.policy(Rows.EXACT, "", List.of(), Conflicts.TAKE_BACKUP))
                  .orphans(Orphans.NULL)
                  .build();
      assertThat(db.plan(choices, "p").refusals())
          .extracting(Refusal::code)
          .containsExactly("rows");
    }
  }

  private static UnaryOperator<Request> with(Rows rows, String where, Orphans orphans) {
    return request ->
        request
            .change()
            .policy(RowPolicyTest.policy(rows, where, List.of(), Conflicts.FAIL))
            .orphans(orphans)
            .build();
  }
}
