package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.plan.ColumnPolicy.Rename;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.run.Undoer.Undone;
import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A mend where the live table has other columns than in the backup.
class ColumnDriftTest {
  private static final String TABLE =
      """
      CREATE TABLE t (id int PRIMARY KEY, a text, b numeric(10,2) DEFAULT 1, c varchar(10));
      CREATE INDEX by_a ON t (a);
      INSERT INTO t SELECT g, 'a' || g, g, 'c' || g FROM generate_series(1, 9) g\
      """;

  /// 1 and 2 are lost, 3 is changed, 10 is newer.
  private static final String ACCIDENT =
      "; DELETE FROM t WHERE id <= 2; UPDATE t SET a = 'x' WHERE id = 3; INSERT INTO t (id) VALUES (10)";

  @BeforeAll
  static void needsPgDump() {
    assumeTrue(dev.pgmend.testing.Servers.hasClientTools(), "pg_dump is needed");
  }

  private static UnaryOperator<Request> with(Rows rows, ColumnPolicy columns) {
    return request -> request.change().policy(RowPolicy.of(rows)).columns(columns).build();
  }

  private static UnaryOperator<Request> rows(Rows rows) {
    return with(rows, ColumnPolicy.NONE);
  }

  private static UnaryOperator<Request> map(Rows rows, String from, String to) {
    return with(
        rows, new ColumnPolicy(List.of(new Rename(Optional.empty(), from, to)), false, false));
  }

  private static ColumnPolicy dropping() {
    return new ColumnPolicy(List.of(), true, false);
  }

  @Test
  void rowsKeepAddedColumnsAndReturnedRowsGetTheirDefaults() {
    try (Small db =
        new Small(TABLE)
            .since(
                "ALTER TABLE t ADD d text DEFAULT 'new' NOT NULL, ADD e int; UPDATE t SET e = id, d = 'mine'"
                    + ACCIDENT)) {
      Map<String, String> before = db.fingerprint();
      Plan plan = db.plan(rows(Rows.CHANGED), "t");
      assertThat(plan.modes()).containsValue(Mode.MEND);
      assertThat(plan.columns()).extracting("live").containsExactly("d", "e");
      assertThat(db.restore(rows(Rows.CHANGED), "t").status()).isEqualTo(Outcome.Status.DONE);
      assertThat(
              db.value(
                  "SELECT string_agg(concat_ws('/', id, a, d, e), ' ' ORDER BY id) FROM t WHERE id < 5 OR id > 9"))
          .isEqualTo("1/a1/new 2/a2/new 3/a3/mine/3 4/a4/mine/4 10/new");
      assertThat(db.restore(rows(Rows.CHANGED), "t").status())
          .isEqualTo(Outcome.Status.NOTHING_TO_DO);
      assertThat(db.undo(false).kept()).isEmpty();
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void newerRowsComeBackWholeWhenTheirRemovalIsUndone() {
    try (Small db =
        new Small(TABLE)
            .since(
                "ALTER TABLE t ADD d text, ADD n bigint GENERATED ALWAYS AS IDENTITY"
                    + ACCIDENT
                    + "; UPDATE t SET d = 'd' || id")) {
      Map<String, String> before = db.fingerprint();
      db.restore(rows(Rows.EXACT), "t");
      assertThat(db.value("SELECT count(*) FROM t")).isEqualTo("9");
      db.undo(false);
      assertThat(db.value("SELECT a || d FROM t WHERE id = 3")).isEqualTo("xd3");
      assertThat(db.difference(before)).allSatisfy(line -> assertThat(line).contains("_seq"));
    }
  }

  @Test
  void anUndoRefusesWhereAnAddedColumnOfARestoredRowWasWritten() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t ADD d text" + ACCIDENT)) {
      db.restore(rows(Rows.MISSING), "t");
      db.since("UPDATE t SET d = 'today' WHERE id = 1");
      assertThatThrownBy(() -> db.undo(false)).isInstanceOf(PgmendException.class);
      assertThat(db.value("SELECT d FROM t WHERE id = 1")).isEqualTo("today");
    }
  }

  @Test
  void rowsThatExchangeUniqueValuesKeepTheirAddedColumns() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")) {
      db.since(
          "ALTER TABLE t ADD d text DEFAULT 'new'; UPDATE t SET d = 'd' || id; DELETE FROM t WHERE id = 3; UPDATE t SET u = -u; UPDATE t SET u = 3 + u WHERE u < 0");
      Map<String, String> before = db.fingerprint();
      db.restore(rows(Rows.EXACT), "t");
      assertThat(db.value("SELECT string_agg(concat_ws('/', id, u, d), ' ' ORDER BY id) FROM t"))
          .isEqualTo("1/1/d1 2/2/d2 3/3/new");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void anAddedColumnThatIsWrittenDuringTheRestoreIsAConflict() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t ADD d text" + ACCIDENT)) {
      Progress writer =
          new Progress() {
            @Override
            public void phase(String name) {
              if (name.equals("cutover")) {
                db.since("UPDATE t SET d = 'today' WHERE id = 10");
              }
            }
          };
      assertThatThrownBy(() -> db.restore(writer, rows(Rows.EXACT), "t"))
          .hasMessageContaining("written by someone");
      assertThat(db.value("SELECT d FROM t WHERE id = 10")).isEqualTo("today");
    }
  }

  @Test
  void anAddedColumnThatNeedsAValueIsRefusedByName() {
    try (Small db =
        new Small(TABLE)
            .since(
                "ALTER TABLE t ADD d int; UPDATE t SET d = 0; ALTER TABLE t ALTER d SET NOT NULL")) {
      assertThat(db.plan(rows(Rows.MISSING), "t").refusals())
          .singleElement()
          .satisfies(refusal -> assertThat(refusal.reason()).contains("\"d\"", "NOT NULL"));
    }
  }

  @Test
  void aTableWithoutAKeyAndWithAddedColumnsIsRefused() {
    try (Small db =
        new Small("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            .since("ALTER TABLE t ADD d int")) {
      assertThat(db.plan(rows(Rows.MISSING), "t").refusals())
          .extracting(Refusal::code)
          .containsExactly("drift");
    }
  }

  @Test
  void aDroppedColumnIsRefusedUntilItsValuesMayBeLeftOut() {
    try (Small db =
        new Small(
                TABLE.replace(
                    "c varchar(10)", "c varchar(10), CONSTRAINT short CHECK (length(c) < 9)"))
            .since(
                "CREATE INDEX by_b ON t (b); DROP INDEX by_b; ALTER TABLE t DROP c" + ACCIDENT)) {
      assertThat(db.plan(rows(Rows.EXACT), "t").refusals())
          .singleElement()
          .satisfies(refusal -> {
            assertThat(refusal.code()).isEqualTo("drift");
            assertThat(refusal.remedy())
                .contains("--drop-columns", "--mode swap")
                .doesNotContain("--map");
          });
      Map<String, String> before = db.fingerprint();
      Plan plan = db.plan(with(Rows.EXACT, dropping()), "t");
      assertThat(plan.columns()).singleElement().asString().contains("\"c\"", "left out");
      db.restore(with(Rows.EXACT, dropping()), "t");
      assertThat(
              db.value(
                  "SELECT string_agg(concat_ws('/', id, a, b), ' ' ORDER BY id) FROM t WHERE id < 4 OR id > 9"))
          .isEqualTo("1/a1/1.00 2/a2/2.00 3/a3/3.00");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void aRenamedColumnIsMapped() {
    try (Small db =
        new Small(TABLE)
            .since(
                "ALTER TABLE t RENAME a TO \"A b\"; UPDATE t SET \"A b\" = 'x' WHERE id = 3; DELETE FROM t WHERE id <= 2")) {
      assertThat(db.plan(rows(Rows.EXACT), "t").refusals())
          .singleElement()
          .satisfies(refusal -> assertThat(refusal.remedy()).contains("--map \"a\"=\"A b\""));
      Map<String, String> before = db.fingerprint();
      db.restore(map(Rows.EXACT, "a", "A b"), "t");
      assertThat(db.value("SELECT string_agg(\"A b\", ' ' ORDER BY id) FROM t WHERE id < 5"))
          .isEqualTo("a1 a2 a3 a4");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void columnsOfARenamedOneAreNamedAsTheyAreToday() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t RENAME a TO b2")) {
      RowPolicy one =
          new RowPolicy(
              Rows.CHANGED,
              "",
              List.of("a"),
              Optional.empty(),
              RowPolicy.Conflicts.FAIL,
              RowPolicy.Triggers.SUPPRESS);
      UnaryOperator<Request> choices = map(Rows.CHANGED, "a", "b2");
      assertThat(
              db.plan(request -> choices.apply(request).change().policy(one).build(), "t")
                  .refusals())
          .singleElement()
          .satisfies(refusal -> {
            assertThat(refusal.reason()).contains("is called \"b2\" today");
            assertThat(refusal.remedy()).contains("--columns \"b2\"");
          });
    }
  }

  @Test
  void renamedKeysAndForeignKeysAreFollowed() {
    try (Small db =
        new Small(
            "CREATE TABLE p (id int PRIMARY KEY, s serial, v text DEFAULT 'd'); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);"
                + "INSERT INTO p (id) SELECT generate_series(1, 5); INSERT INTO c SELECT g, g FROM generate_series(1, 5) g")) {
      db.since(
          "ALTER TABLE p RENAME id TO nr; ALTER TABLE p RENAME s TO s2; ALTER TABLE p RENAME v TO w; ALTER TABLE c RENAME p TO parent; DELETE FROM c WHERE id < 3; DELETE FROM p WHERE nr < 3");
      Map<String, String> before = db.fingerprint();
      UnaryOperator<Request> both =
          with(
              Rows.EXACT,
              new ColumnPolicy(
                  List.of(
                      new Rename(Optional.of(QualifiedName.parse("public.p")), "id", "nr"),
                      new Rename(Optional.of(QualifiedName.parse("public.p")), "s", "s2"),
                      new Rename(Optional.of(QualifiedName.parse("public.p")), "v", "w"),
                      new Rename(Optional.of(QualifiedName.parse("public.c")), "p", "parent")),
                  false,
                  false));
      assertThat(db.plan(both, "p", "c").refusals()).isEmpty();
      db.restore(both, "p", "c");
      assertThat(
              db.value(
                  "SELECT count(*) FROM p JOIN c ON c.parent = p.nr AND c.id = p.s2 AND w = 'd'"))
          .isEqualTo("5");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a,no,  --map \"a\"=\"no\": \"public\".\"t\" has no column \"no\"",
    "no,a,  --map \"no\"=\"a\": the backup has no such column in \"public\".\"t\""
  })
  void aMapOfUnknownColumnsMakesNoSense(String from, String to, String message) {
    try (Small db = new Small(TABLE)) {
      assertThatThrownBy(() -> db.plan(map(Rows.EXACT, from, to), "t"))
          .isInstanceOfSatisfying(
              PgmendException.class,
              failure -> assertThat(failure.kind()).isEqualTo(PgmendException.Kind.USAGE))
          .hasMessage(message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          id int PRIMARY KEY, v int           | generate_series(1, 5)::int                   | v TYPE bigint
          id int PRIMARY KEY, v varchar(10)   | concat('v', generate_series(1, 5))                 | v TYPE text
          id int PRIMARY KEY, v text          | generate_series(1, 5)::text                  | v TYPE int USING v::int
          id int PRIMARY KEY, v numeric(10,2) | generate_series(1, 5) * 1.25                 | v TYPE numeric(12,4)
          id int PRIMARY KEY, v numeric(10,2) | generate_series(1, 5)::numeric               | v TYPE int
          id int PRIMARY KEY, v mood          | 'sad'::mood FROM generate_series(1, 5)       | v TYPE text
          id int PRIMARY KEY, v text          | 'happy' FROM generate_series(1, 5)           | v TYPE mood USING v::mood
          id int PRIMARY KEY, v date          | date '2024-02-01' + generate_series(1, 5)    | v TYPE timestamptz
          id int PRIMARY KEY, v char(5)       | concat('v', generate_series(1, 5))                 | v TYPE text
          id int PRIMARY KEY, v boolean       | g % 2 = 0 FROM generate_series(1, 5) g       | v TYPE text
          id int PRIMARY KEY, v money         | generate_series(1, 5) * 1.25::money          | v TYPE numeric
          id int PRIMARY KEY, v real          | generate_series(1, 5) * 0.1                  | v TYPE float8
          id int PRIMARY KEY, v int[]         | array[generate_series(1, 5)]                 | v TYPE bigint[]
          v int, id int PRIMARY KEY           | generate_series(1, 5)                        | id TYPE bigint
          v text UNIQUE, id int PRIMARY KEY   | concat('u', generate_series(1, 5))                 | id TYPE text
          """)
  void valuesAreConvertedToTheTypeOfToday(String columns, String values, String change) {
    try (Small db =
        new Small(
            "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (%s); INSERT INTO t (id, v) SELECT row_number() OVER (), v FROM (SELECT %s) AS x(v)"
                .formatted(
                    columns,
                    values.contains("FROM") ? values.replace(" FROM", " AS v FROM") : values))) {
      db.since("ALTER TABLE t ALTER " + change);
      String content = db.value("SELECT string_agg(t::text, ' ' ORDER BY id) FROM t");
      db.since("DELETE FROM t WHERE id::int < 3");
      Map<String, String> before = db.fingerprint();
      assertThat(db.plan(rows(Rows.EXACT), "t").columns()).hasSize(1);
      assertThat(db.restore(rows(Rows.EXACT), "t").status()).isEqualTo(Outcome.Status.DONE);
      assertThat(db.value("SELECT string_agg(t::text, ' ' ORDER BY id) FROM t")).isEqualTo(content);
      assertThat(db.restore(rows(Rows.EXACT), "t").status())
          .isEqualTo(Outcome.Status.NOTHING_TO_DO);
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          numeric     | CASE g WHEN 777 THEN 777.5 ELSE g END       | int         | row (777) .* '777.5'       | true
          text        | CASE g WHEN 777 THEN 'x' ELSE g::text END   | int         | row (777) .* 'x'.*invalid  | false
          bigint      | CASE g WHEN 777 THEN 1e15 ELSE g END        | int         | row (777).*out of range    | false
          text        | repeat('x', CASE g WHEN 777 THEN 9 ELSE 3 END) | varchar(5) | row (777).*xxxxxxxxx     | true
          varchar(10) | repeat('x', CASE g WHEN 777 THEN 9 ELSE 3 END) | varchar(4) | row (777).*xxxxxxxxx | true
          numeric     | CASE g WHEN 777 THEN 777.5 ELSE g END       | numeric(6,0) | row (777) .* '777.5'      | true
          timestamptz | '2024-01-01 00:00+00'::timestamptz + CASE g WHEN 777 THEN interval '1h' ELSE interval '0' END | date | row (777).*01:00 | true
          """)
  void theFirstValueThatDoesNotFitIsNamed(
      String type, String value, String today, String named, boolean acceptable) {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, v %s); INSERT INTO t SELECT g, %s FROM generate_series(1, 2000) g"
                .formatted(type, value))) {
      db.since("TRUNCATE t; ALTER TABLE t ALTER v TYPE %s USING NULL".formatted(today));
      Map<String, String> before = db.fingerprint();
      assertThatThrownBy(() -> db.restore(rows(Rows.EXACT), "t"))
          .isInstanceOfSatisfying(
              PgmendException.class,
              failure -> assertThat(failure.kind()).isEqualTo(PgmendException.Kind.REFUSED))
          .message()
          .matches("(?s).*" + named.replace("(", "\\(").replace(")", "\\)") + ".*");
      assertThat(db.difference(before)).isEmpty();
      UnaryOperator<Request> accepting = with(Rows.EXACT, new ColumnPolicy(List.of(), false, true));
      if (acceptable) {
        Outcome outcome = db.restore(accepting, "t");
        assertThat(outcome.notes())
            .anySatisfy(note -> assertThat(note).contains("not all values of \"v\""));
        assertThat(outcome.exceptions()).containsValue("\"v\" as converted (--accept-casts)");
        assertThat(db.value("SELECT count(*) FROM t")).isEqualTo("2000");
      } else {
        assertThatThrownBy(() -> db.restore(accepting, "t")).hasMessageContaining("(777)");
        assertThat(db.difference(before)).isEmpty();
      }
    }
  }

  @Test
  void partitionsDriftWithTheirTable() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (id * 2) STORED) PARTITION BY RANGE (id);"
                + "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (5); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (5) TO (99);"
                + "INSERT INTO t SELECT g, g FROM generate_series(1, 9) g")) {
      db.since(
          "ALTER TABLE t RENAME a TO b; ALTER TABLE t ALTER b TYPE bigint; ALTER TABLE t ADD d text DEFAULT 'new'; DELETE FROM t WHERE id IN (1, 8)");
      Map<String, String> before = db.fingerprint();
      db.restore(map(Rows.EXACT, "a", "b"), "t");
      assertThat(
              db.value(
                  "SELECT string_agg(concat_ws('/', id, b, g, d), ' ' ORDER BY id) FROM t WHERE id IN (1, 2, 8)"))
          .isEqualTo("1/1/2/new 2/2/4/new 8/8/16/new");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void childrenDriftWithTheirParent() {
    try (Small db =
        new Small(
            "CREATE TABLE t (id int, a int); CREATE TABLE k (k text, PRIMARY KEY (id)) INHERITS (t); INSERT INTO k VALUES (1, 1, 'k')")) {
      db.since("ALTER TABLE t RENAME a TO b; ALTER TABLE t ALTER b TYPE bigint; DELETE FROM k");
      Map<String, String> before = db.fingerprint();
      db.restore(map(Rows.EXACT, "a", "b"), "t");
      assertThat(db.value("SELECT r::text FROM k r")).isEqualTo("(1,1,k)");
      db.undo(false);
      assertThat(db.difference(before)).isEmpty();
    }
  }

  @Test
  void aConditionSeesTheColumnsThatBothHave() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t ADD d text" + ACCIDENT)) {
      RowPolicy some =
          new RowPolicy(
              Rows.EXACT,
              "t.id IN (1, 3, 10)",
              List.of(),
              Optional.empty(),
              RowPolicy.Conflicts.FAIL,
              RowPolicy.Triggers.SUPPRESS);
      db.restore(request -> request.change().policy(some).build(), "t");
      assertThat(
              db.value(
                  "SELECT string_agg(id || coalesce(a, ''), ' ' ORDER BY id) FROM t WHERE id < 4 OR id > 9"))
          .isEqualTo("1a1 3a3");
    }
  }

  @Test
  void anUndoSaysThatTheColumnsHaveChanged() {
    try (Small db = new Small(TABLE).since("ALTER TABLE t ADD d text" + ACCIDENT)) {
      db.restore(rows(Rows.EXACT), "t");
      db.since("ALTER TABLE t DROP d");
      assertThatThrownBy(() -> db.undo(false))
          .isInstanceOfSatisfying(
              PgmendException.class,
              failure -> assertThat(failure.kind()).isEqualTo(PgmendException.Kind.REFUSED))
          .hasMessageContaining("column");
      Undone undone = db.since("ALTER TABLE t ADD d text").undo(false);
      assertThat(undone.open()).isEmpty();
    }
  }
}
