package dev.pgmend.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What pgmend makes of the server's own words.
class ServerHintsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          53100 | could not extend file "base/1/2": No space left on device | pgmend clean RUN
          53200 | out of shared memory                                      | max_locks_per_transaction
          53200 | out of memory                                             | --jobs 1
          53300 | too many connections for role "bob"                       | CONNECTION LIMIT
          53300 | sorry, too many clients already                           | max_connections
          42501 | permission denied for schema A"b                          | GRANT USAGE, CREATE ON SCHEMA "A""b" TO
          42501 | permission denied for tablespace fast                     | GRANT CREATE ON TABLESPACE "fast" TO
          42501 | permission denied for function f                          | GRANT EXECUTE ON ROUTINE f TO
          42501 | permission denied for materialized view mv                | GRANT SELECT ON TABLE mv TO
          42501 | permission denied for table t                             | the owner of that
          42501 | must be owner of table t                                  | GRANT OWNER TO ROLE;
          """)
  void namesTheNextStep(String state, String message, String hint) {
    assertThat(ServerHints.of(state, message, "", "")).contains(hint);
  }

  @Test
  void whatDuplicatesOfAnExpressionAreIsAQuery() {
    assertThat(
            ServerHints.of(
                "23505",
                "could not create unique index \"i\"",
                "Key (lower(name), b)=(x, 1) is duplicated.",
                ""))
        .contains(
            "SELECT lower(name), b, count(*) FROM … GROUP BY lower(name), b HAVING count(*) > 1;");
  }

  @Test
  void whatRunsForTheRowsIsNamed() {
    String context = "PL/pgSQL function public.ok(integer) line 1 at RETURN; COPY t, line 1";
    assertThat(ServerHints.of("42P01", "relation \"public.o\" does not exist", "", context))
        .contains("Function public.ok(integer)", "in the same command", "SET search_path");
    assertThat(ServerHints.of("42883", "function f() does not exist", "", "COPY t, line 1"))
        .contains("in the same command");
  }

  @ParameterizedTest
  @CsvSource({
    "22012, division by zero",
    "42P01, relation \"t\" does not exist",
    "42501, permission denied to create role",
    "23505, duplicate key value violates unique constraint \"k\""
  })
  void elsewhereTheServersWordsStand(String state, String message) {
    assertThat(ServerHints.of(state, message, "", "")).isNull();
  }
}
