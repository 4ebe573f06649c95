package dev.pgmend.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.testing.Database;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionTest {
  @AutoClose private final Database database = Database.create();
  @AutoClose private final Session session = open();

  private Session open() {
    return Session.open(ConnectionTarget.parse(database.uri(), Map.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          search_path                   | '$user' | ""
          row_security                  | on      | off
          statement_timeout             | 5s      | 0
          lock_timeout                  | 5s      | 0
          default_transaction_read_only | on      | off
          standard_conforming_strings   | off     | on
          DateStyle                     | German  | ISO, YMD
          TimeZone                      | Asia/Tokyo | UTC
          extra_float_digits            | 0       | 3
          bytea_output                  | escape  | hex
          check_function_bodies         | on      | off
          xmloption                     | document | content
          default_transaction_isolation | serializable | read committed
          """)
  void aSessionHasItsOwnSettingsWhateverTheDatabasesAre(String name, String other, String value) {
    database.execute(
        "ALTER DATABASE %s SET %s = %s"
            .formatted(database.name(), name, other.startsWith("'") ? other : "'" + other + "'"));
    try (Session fresh = open()) {
      assertThat(fresh.queryText("SHOW " + name, row -> row.text(name))).containsExactly(value);
    }
  }

  @Test
  void theSearchPathThatOthersHaveIsRemembered() {
    database.execute("ALTER DATABASE %s SET search_path = app, public".formatted(database.name()));
    try (Session fresh = open()) {
      assertThat(fresh.defaultSearchPath()).isEqualTo("app, public");
      assertThat(fresh.queryText("SHOW search_path", row -> row.text("search_path")))
          .containsExactly("\"\"");
    }
    assertThat(session.defaultSearchPath()).isEqualTo("\"$user\", public");
  }

  @Test
  void textIsSentAsItIs() {
    String text = "{fn now()} {d '2024-01-01'} ? ?? % %s %n $1 :x {oj";
    session.execute("CREATE TABLE public.t AS SELECT $t$%s$t$ AS v".formatted(text));
    assertThat(database.queryValue("SELECT v FROM t")).isEqualTo(text);
    assertThat(session.queryText("SELECT '{\"a\": 1}'::jsonb ? 'a' AS v", row -> row.flag("v")))
        .containsExactly(true);
    assertThat(session.queryText("SELECT '{fn now()} ? %s' AS v", row -> row.text("v")))
        .containsExactly("{fn now()} ? %s");
    assertThat(session.query("SELECT ? AS v", row -> row.text("v"), text)).containsExactly(text);
  }

  @Test
  void severalStatementsRunAsTheServerSplitsThem() {
    session.execute(
        """
        CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN /* ; ? */ RETURN 1; END $f$;
        CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2';
        COMMENT ON FUNCTION public.g() IS 'a;b?'\
        """);
    assertThat(database.queryLong("SELECT f() + g()")).isEqualTo(3);
  }

  @Test
  void rowsAreReadByColumn() {
    String query =
        "SELECT NULL::text AS a, ARRAY['x', 'y,z']::text[] AS b, NULL::text[] AS c, true AS d, 'p'::\"char\" AS e, 7 AS f";
    session.query(
        query,
        row -> {
          assertThat(row.text("a")).isEmpty();
          assertThat(row.textOrNull("a")).isNull();
          assertThat(row.texts("b")).containsExactly("x", "y,z");
          assertThat(row.texts("c")).isEmpty();
          assertThat(row.flag("d")).isTrue();
          assertThat(row.letter("e")).isEqualTo('p');
          assertThat(row.letter("a")).isEqualTo((char) 0);
          return row.number("f");
        });
    assertThat(
            session.query(
                "SELECT x AS v FROM unnest(?::text[]) x WHERE length(x) = any (?::bigint[])",
                row -> row.text("v"),
                new String[] {"a\"b", "c,", "dddd"},
                new Long[] {2L, 3L}))
        .containsExactly("a\"b", "c,");
  }

  @Test
  void transactionsAreCommittedOrRolledBack() {
    session.execute("CREATE TABLE public.t (a int)");
    session.begin();
    assertThat(session.update("INSERT INTO public.t VALUES (?), (?)", 1, 2)).isEqualTo(2);
    session.rollback();
    assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
    session.begin();
    session.execute("INSERT INTO public.t VALUES (1)");
    assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
    session.commit();
    assertThat(database.queryLong("SELECT count(*) FROM t")).isOne();
  }

  @Test
  void aFailureHasTheServersWordsItsStateAndTheStatement() {
    session.execute("CREATE TABLE public.t (a int CONSTRAINT positive CHECK (a > 0))");
    assertThatThrownBy(() -> session.execute("INSERT INTO public.t\n  VALUES (-1)"))
        .isInstanceOfSatisfying(
            SqlFailure.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.TARGET);
              assertThat(e.sqlState()).isEqualTo("23514");
              assertThat(e.constraint()).isEqualTo("positive");
              assertThat(e.getMessage())
                  .contains("violates check constraint \"positive\" (SQLSTATE 23514)")
                  .contains("Failing row contains (-1)")
                  .endsWith("statement: INSERT INTO public.t VALUES (-1)");
            });
    assertThatThrownBy(
            () -> session.execute("SELECT '%s' FROM nowhere".formatted("x".repeat(1000))))
        .hasMessageMatching("(?s).*statement: .{300} …");
  }

  @Test
  void aLockThatIsNotToBeHadIsOfItsOwnKind() {
    session.execute("CREATE TABLE public.t (a int)");
    try (Session other = open()) {
      other.begin();
      other.execute("LOCK TABLE public.t");
      session.execute("SET lock_timeout = '50ms'");
      assertThatThrownBy(() -> session.execute("LOCK TABLE public.t; SELECT 1"))
          .isInstanceOfSatisfying(
              SqlFailure.class, e -> assertThat(e.kind()).isEqualTo(Kind.LOCKED));
      other.rollback();
    }
  }

  @Test
  void aSessionThatIsGoneIsAConnectionFailureAndRollingBackIsQuiet() {
    Session victim = open();
    victim.begin();
    victim.execute("SELECT 1");
    session.execute("SELECT pg_catalog.pg_terminate_backend(%d)".formatted(victim.backendPid()));
    assertThatThrownBy(() -> victim.execute("SELECT 1"))
        .isInstanceOfSatisfying(
            SqlFailure.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONNECTION));
    victim.rollback();
    victim.close();
  }

  @Test
  void aDatabaseThatIsNotThereIsAConnectionFailureWithAHint() {
    ConnectionTarget target =
        ConnectionTarget.parse(database.uri().replace(database.name(), "no_such_db"), Map.of());
    assertThatThrownBy(() -> Session.open(target))
        .isInstanceOfSatisfying(
            PgmendException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.CONNECTION);
              assertThat(e.getMessage()).contains("no_such_db").doesNotContain("\n");
              assertThat(e.hint()).contains("not touched");
            });
  }

  @Test
  void aCopyThatIsNotFinishedLeavesNothing() {
    session.execute("CREATE TABLE public.t (a int)");
    byte[] rows = "1\n2\n".getBytes(StandardCharsets.UTF_8);
    try (CopySink sink = session.copyIn("COPY public.t FROM STDIN")) {
      sink.write(rows, 0, rows.length);
    }
    assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
    try (CopySink sink = session.copyIn("COPY public.t FROM STDIN")) {
      sink.write(rows, 0, 1);
      sink.write(rows, 1, rows.length - 1);
      assertThat(sink.finish()).isEqualTo(2);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(session.copyOut("COPY (SELECT a FROM public.t ORDER BY a DESC) TO STDOUT", out))
        .isEqualTo(2);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("2\n1\n");
    assertThat(session.query("SELECT 1 AS one", row -> row.number("one"))).isEqualTo(List.of(1L));
  }

  @Test
  void aRowThatACopyRefusesIsNamed() {
    session.execute("CREATE TABLE public.t (a int)");
    byte[] rows = "1\nx\n".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () -> {
              try (CopySink sink = session.copyIn("COPY public.t FROM STDIN")) {
                sink.write(rows, 0, rows.length);
                sink.finish();
              }
            })
        .isInstanceOf(SqlFailure.class)
        .hasMessageContaining("invalid input syntax for type integer: \"x\"")
        .hasMessageContaining("COPY t, line 2");
  }
}
