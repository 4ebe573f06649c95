package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgmend.PgmendException;
import dev.pgmend.sql.Token.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LexerTest {

  @ParameterizedTest
  @MethodSource("corpus")
  void coversEveryCharacterOfTheCorpusInOrder(Entries.Entry entry) {
    assertCovers(entry.defn());
    assertCovers(entry.drop());
  }

  static Stream<Entries.Entry> corpus() {
    return Entries.corpus().stream();
  }

  private static void assertCovers(String sql) {
    int end = 0;
    for (Token token : Lexer.tokens(sql)) {
      assertThat(token.start()).isGreaterThanOrEqualTo(end);
      assertBlank(sql.substring(end, token.start()));
      assertThat(token.end()).isGreaterThan(token.start());
      end = token.end();
    }
    assertBlank(sql.substring(end));
  }

  private static void assertBlank(String between) {
    assertThat(between.replaceAll("--[^\n]*", "").isBlank()).as(between).isTrue();
  }

  @Test
  void foldsAsciiLettersOnly() {
    assertThat(values("SELECT Ünï_Ä $1 a$b")).containsExactly("select", "Ünï_Ä", "$1", "a$b");
  }

  @Test
  void unquotesIdentifiers() {
    assertThat(values("\"q\"\"q\" \"a.b\" \"line\nbreak\""))
        .hasSize(3)
        .startsWith("q\"q", "a.b", "line\nbreak");
    assertThat(values("U&\"d\\0061t\\+000061\"")).containsExactly("data");
    assertThat(values("U&\"d!0061ta\" uescape '!' x")).containsExactly("data", "x");
  }

  @Test
  void decodesStrings() {
    assertThat(values("'it''s' '\\x' E'a\\'b\\n\\101\\x41\\u00e9\\\\' N'n' B'101'"))
        .containsExactly("it's", "\\x", "a'b\nAAé\\", "n", "101");
    assertThat(values("e'\\xC3\\xA9 \\uD83D\\uDE00' U&'\\0441\\\\'"))
        .containsExactly("é 😀", "с\\");
  }

  @Test
  void joinsStringsAcrossLines() {
    assertThat(values("'a' -- comment\n\t'b'")).containsExactly("ab");
    assertThat(values("E'a\\n'\n'b\\n'")).containsExactly("a\nb\n");
    assertThat(values("'a' 'b'")).containsExactly("a", "b");
    assertThat(values("'a' /* \n */ 'b'")).containsExactly("a", "b");
  }

  @Test
  void readsDollarQuotes() {
    assertThat(values("$$a;'b$$ $_$ $$ $x$ $_$ $ü1$x$ü1$"))
        .containsExactly("a;'b", " $$ $x$ ", "x");
    assertThat(values("a$$b")).containsExactly("a$$b");
  }

  @Test
  void skipsNestedComments() {
    assertThat(values("a /* x /* ; */ ' */ b -- ; '\n c")).containsExactly("a", "b", "c");
  }

  @Test
  void cutsOperatorsWherePostgresDoes() {
    assertThat(values("1+-2")).containsExactly("1", "+", "-", "2");
    assertThat(values("a@-b")).containsExactly("a", "@-", "b");
    assertThat(values("a*--x\nb")).containsExactly("a", "*", "b");
    assertThat(values("a</*x*/b")).containsExactly("a", "<", "b");
    assertThat(values("x::int[] a:=1 b=>2 1..2"))
        .containsExactly(
            "x", "::", "int", "[", "]", "a", ":=", "1", "b", "=>", "2", "1", "..", "2");
  }

  @Test
  void readsNumbers() {
    assertThat(values("1 1.5 .5 1e10 1.e-3 0x1F 1_000 5."))
        .containsExactly("1", "1.5", ".5", "1e10", "1.e-3", "0x1F", "1_000", "5.");
  }

  @Test
  void quotedKeywordsAreNoWords() {
    List<Token> tokens = Lexer.tokens("Table \"table\"");
    assertThat(tokens.get(0).isWord("table")).isTrue();
    assertThat(tokens.get(1).isWord("table")).isFalse();
    assertThat(tokens).allMatch(Token::isName);
    assertThat(tokens.get(1).kind()).isEqualTo(Kind.QUOTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'open",
        "E'open\\'",
        "\"open",
        "\"\"",
        "$$open",
        "$a$open$b$",
        "/* /* */",
        "\\! echo",
        "a {",
        "1a",
        "$x",
        "'a\0' \0",
        "E'\\u12'",
        "E'\\0'",
        "E'\\xff'",
        "U&'\\zz'",
        "E'\\UFFFFFFFF'"
      })
  void refusesWhatIsNotSql(String sql) {
    assertThatThrownBy(() -> Lexer.tokens(sql))
        .isInstanceOf(SqlSyntaxException.class)
        .hasMessageContaining("at offset")
        .extracting(e -> ((PgmendException) e).kind())
        .isEqualTo(PgmendException.Kind.SOURCE);
  }

  @Test
  void errorsSayWhere() {
    assertThatThrownBy(() -> Lexer.tokens("select 1;\n\\! rm -rf"))
        .hasMessage("psql command at offset 10 near \"\\! rm -rf\"");
  }

  private static List<String> values(String sql) {
    return Lexer.tokens(sql).stream().map(Token::value).toList();
  }
}
