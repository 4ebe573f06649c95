package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SqlTest {

  @Test
  void quotesAlways() {
    assertThat(Sql.quote("orders")).isEqualTo("\"orders\"");
    assertThat(Sql.quote("q\"u\no.t")).isEqualTo("\"q\"\"u\no.t\"");
    assertThat(new QualifiedName("Sch. ema", "t").sql()).isEqualTo("\"Sch. ema\".\"t\"");
  }

  @Test
  void literalsReadBackAsWritten() {
    for (String value : new String[] {"", "it's", "a\\b", "\\'", "é\n$$"}) {
      String literal = Sql.literal(value);
      assertThat(Lexer.tokens(literal)).singleElement().extracting(Token::value).isEqualTo(value);
      assertThat(Lexer.tokens(literal, false).getFirst().value()).isEqualTo(value);
    }
  }

  @Test
  void splitsStatements() {
    assertThat(Sql.split("-- head\nselect ';' ; ;\n select $$;$$ -- tail\n;"))
        .containsExactly("select ';'", "select $$;$$");
    assertThat(Sql.split("-- nothing")).isEmpty();
  }

  @Test
  void keepsRuleActionsTogether() {
    assertThat(Sql.split("CREATE RULE r AS ON INSERT TO t DO (a ; b); c")).hasSize(2);
  }

  @Test
  void keepsRoutineBodiesTogether() {
    String function =
        """
        CREATE OR REPLACE FUNCTION app.f(a integer) RETURNS integer
            LANGUAGE sql
            BEGIN ATOMIC
         SELECT CASE WHEN (a > 0) THEN ( SELECT CASE a WHEN 1 THEN 2 END) ELSE 3 END AS "end";
         SELECT 2;
        END\
        """;
    assertThat(Sql.split(function + ";\nALTER FUNCTION app.f(a integer) DEPENDS ON EXTENSION e;\n"))
        .containsExactly(function, "ALTER FUNCTION app.f(a integer) DEPENDS ON EXTENSION e");
    assertThat(Sql.split("BEGIN; SELECT 1; END")).hasSize(3);
  }

  @Test
  void noStatementHidesBehindALabelNamedCase() {
    String hidden =
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 case; END; DROP TABLE t; SELECT 1 end; END";
    assertThatThrownBy(() -> Sql.split(hidden)).isInstanceOf(SqlSyntaxException.class);
  }

  @Test
  void refusesWhatIsNotNested() {
    for (String text : new String[] {"a (", "a )", "a (]", "create function f() begin atomic x;"}) {
      assertThatThrownBy(() -> Sql.split(text)).isInstanceOf(SqlSyntaxException.class);
    }
  }

  @Test
  void rewritesStringsOfOldDumps() {
    assertThat(Sql.standardStrings("x 'a\\\\b\\'c' 'plain' E'e\\\\'"))
        .isEqualTo("x E'a\\\\b''c' 'plain' E'e\\\\'");
  }

  @Test
  void readsNamesAsRegclassDoes() {
    assertThat(QualifiedName.parse("App.\"Seq Alone\""))
        .isEqualTo(new QualifiedName("app", "Seq Alone"));
    assertThatThrownBy(() -> QualifiedName.parse("a.b.c")).isInstanceOf(SqlSyntaxException.class);
    assertThatThrownBy(() -> QualifiedName.parse("a")).isInstanceOf(SqlSyntaxException.class);
  }
}
