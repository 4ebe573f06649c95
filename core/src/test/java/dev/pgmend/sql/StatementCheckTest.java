package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class StatementCheckTest {
  /// What no restore of a table needs, and more than a definition.
  private static final Set<String> REFUSED =
      Set.of(
          "ENCODING",
          "STDSTRINGS",
          "SEARCHPATH",
          "DATABASE",
          "BLOB",
          "BLOB METADATA",
          "BLOBS",
          "STATISTICS DATA",
          "EVENT TRIGGER");

  @ParameterizedTest
  @MethodSource("corpus")
  void acceptsWhatPgDumpWrites(Entries.Entry entry) {
    if (REFUSED.contains(entry.desc())) {
      assertRefused(entry.desc(), entry.defn());
    } else {
      assertThatCode(() -> StatementCheck.check(entry.desc(), entry.defn()))
          .doesNotThrowAnyException();
    }
  }

  static Stream<Entries.Entry> corpus() {
    return Entries.corpus().stream();
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void refusesEveryEntryWithAnotherStatementBehindIt(Entries.Entry entry) {
    assertRefused(entry.desc(), entry.defn() + ";DROP TABLE app.orders;");
    assertRefused(entry.desc(), entry.defn() + ";SELECT evil();");
    assertRefused(entry.desc(), "DO $$begin end$$;" + entry.defn());
    assertRefused(entry.desc(), entry.defn() + "\\! echo pwned\n");
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/sql/more-statements.csv", delimiter = '|', quoteCharacter = '\1')
  void acceptsWhatTheCorpusDoesNotHave(String desc, String defn) {
    assertThatCode(() -> StatementCheck.check(desc, defn)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/sql/hostile-statements.csv", delimiter = '|', quoteCharacter = '\1')
  void refusesWhatPgDumpDoesNotWrite(String desc, String defn) {
    assertRefused(desc, defn);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      textBlock =
          """
          CREATE FUNCTION s.f() RETURNS int LANGUAGE c AS 'obj', 'sym'                 | true
          create or replace function s.f() returns int as 'x' language 'C'             | true
          CREATE FUNCTION s.f() RETURNS int LANGUAGE "internal" AS 'boolin'            | true
          CREATE FUNCTION s.f() RETURNS int IMMUTABLE LANGUAGE internal AS 'boolin'    | true
          CREATE OR REPLACE PROCEDURAL LANGUAGE plperl                                 | true
          CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1 -- LANGUAGE c'   | false
          CREATE FUNCTION s.language() RETURNS int LANGUAGE plpgsql AS $$ language c $$| false
          CREATE TABLE s.t (language text)                                             | false
          """)
  void knowsNativeCode(String defn, boolean isNative) {
    assertThat(StatementCheck.definesNativeCode(defn)).isEqualTo(isNative);
  }

  @Test
  void sessionAuthorizationMustBeReset() {
    String grant = "GRANT SELECT ON TABLE s.t TO a;\n";
    String set = "SET SESSION AUTHORIZATION bob;\n";
    String reset = "RESET SESSION AUTHORIZATION;\n";
    StatementCheck.check("ACL", "REVOKE ALL ON TABLE s.t FROM PUBLIC;\n" + set + grant + reset);
    assertRefused("ACL", set + grant);
    assertRefused("ACL", grant + reset);
    assertRefused("ACL", set + set + grant + reset);
  }

  private static void assertRefused(String desc, String defn) {
    assertThatThrownBy(() -> StatementCheck.check(desc, defn))
        .isInstanceOf(PgmendException.class)
        .extracting(e -> ((PgmendException) e).kind())
        .isEqualTo(PgmendException.Kind.SOURCE);
  }
}
