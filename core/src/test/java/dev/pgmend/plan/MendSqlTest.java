package dev.pgmend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Token;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MendSqlTest {
  private static final String TRIGGER = "ALTER TABLE t DISABLE TRIGGER x";
  private static final List<String> NASTY =
      List.of("Id", "Sel ect", "a.b", "q\"q", "tab\ttab", "select", "ключ", "d'oh", "$1", "a?b");
  private static final QualifiedName TABLE = new QualifiedName("Sch. ema", "quo\"te'd");

  private static MendStep.Mend mend(List<String> columns, List<String> key, boolean only) {
    return mend(columns, key, only, TRIGGER);
  }

  private static MendStep.Mend mend(
      List<String> columns, List<String> key, boolean only, String quiet) {
    return new MendStep.Mend(
        RowPolicy.EXACT,
        TABLE,
        new QualifiedName("pgmend_r", "rows_1"),
        columns,
        List.of(),
        List.of("Id"),
        key,
        key.stream().map(_ -> "OPERATOR(pg_catalog.=)").toList(),
        only,
        List.of(quiet),
        List.of("loud"),
        List.of(),
        List.of(),
        new QualifiedName("pgmend_r", "gone_1"),
        new QualifiedName("pgmend_r", "came_1"),
        new QualifiedName("pgmend_r", "kept_1"),
        new QualifiedName("pgmend_r", "conflicts_1"),
        List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Id", ""})
  void nastyNamesAreQuotedEverywhere(String key) {
    MendSql sql = new MendSql(mend(NASTY, key.isEmpty() ? List.of() : List.of(key), true));
    for (String statement :
        Stream.concat(sql.compare().stream(), sql.statements().stream()).toList()) {
      Set<String> quoted =
          Lexer.tokens(statement).stream()
              .filter(token -> statement.charAt(token.start()) == '"')
              .map(Token::value)
              .collect(Collectors.toSet());
      if (statement.contains("rows_1") || statement.startsWith("INSERT")) {
        assertThat(quoted).containsAll(NASTY);
      }
      Set<String> bare =
          Lexer.tokens(statement).stream()
              .filter(token -> token.isName() && statement.charAt(token.start()) != '"')
              .map(Token::value)
              .collect(Collectors.toSet());
      assertThat(bare)
          .as(statement)
          .doesNotContainAnyElementsOf(List.of("ect", "ключ", "b", "q", "tab"));
    }
  }

  @Test
  void whatKeepsReadersOutLaterKeepsThemOutFromTheBeginning() {
    assertThat(new MendSql(mend(NASTY, List.of("Id"), true, "ALTER TABLE t DISABLE RULE r")).lock())
        .endsWith(" IN ACCESS EXCLUSIVE MODE");
  }

  @Test
  void triggersAreQuietOnlyAroundTheChanges() {
    List<String> statements = new MendSql(mend(NASTY, List.of("Id"), true)).statements();
    assertThat(statements.getFirst())
        .isEqualTo("LOCK TABLE ONLY \"Sch. ema\".\"quo\"\"te'd\" IN SHARE ROW EXCLUSIVE MODE");
    assertThat(statements.stream().map(s -> s.substring(0, Math.min(6, s.length())).strip()))
        .containsExactly(
            "LOCK T", "ALTER", "SELECT", "SELECT", "DELETE", "UPDATE", "INSERT", "loud");
  }

  @Test
  void keyedRowsAreComparedByImageAndPairedByKey() {
    MendSql sql = new MendSql(mend(List.of("Id", "v"), List.of("Id"), true));
    assertThat(sql.collectCame())
        .isEqualTo(
            """
            CREATE TABLE "pgmend_r"."came_1" AS SELECT s."Id", s."v" FROM ONLY "pgmend_r"."rows_1" AS s \
            WHERE NOT EXISTS (SELECT 1 FROM ONLY "Sch. ema"."quo""te'd" AS l \
            WHERE l."Id" OPERATOR(pg_catalog.=) s."Id" \
            AND ROW(l."Id", l."v")::pg_catalog.record OPERATOR(pg_catalog.*=) ROW(s."Id", s."v")::pg_catalog.record)\
            """);
    assertThat(sql.statements())
        .noneMatch(statement -> statement.contains(" = l.") || statement.contains(" = s."));
  }

  @Test
  void alwaysIdentityColumnsAreInsertedButNeverUpdated() {
    MendSql sql = new MendSql(mend(List.of("Id", "v"), List.of("v"), true));
    QualifiedName gone = new QualifiedName("r", "g");
    QualifiedName came = new QualifiedName("r", "c");
    assertThat(sql.update(gone, came, true))
        .contains("SET \"v\" = c.\"v\" FROM")
        .doesNotContain("\"Id\" = ");
    assertThat(sql.insert(gone, came, false))
        .contains("(\"Id\", \"v\") OVERRIDING SYSTEM VALUE SELECT");
    MendSql fixed = new MendSql(mend(List.of("Id"), List.of("Id"), true));
    assertThat(fixed.update(gone, came, true)).isEqualTo("SELECT 1 WHERE false");
  }

  @Test
  void aPartitionedTableIsChangedWithItsPartitions() {
    assertThat(new MendSql(mend(List.of("Id"), List.of("Id"), false)).statements())
        .noneMatch(statement -> statement.contains("ONLY \"Sch. ema\""));
  }

  @Test
  void aTableWithoutColumnsIsCountedByItsEmptyRows() {
    MendSql sql = new MendSql(mend(List.of(), List.of(), true));
    QualifiedName table = new QualifiedName("r", "t");
    assertThat(sql.insert(table, table, false))
        .isEqualTo("INSERT INTO %s SELECT FROM \"r\".\"t\" AS c".formatted(TABLE.sql()));
    assertThat(sql.delete(table, table)).contains("PARTITION BY ROW()::pg_catalog.text");
  }
}
