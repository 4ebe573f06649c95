package dev.pgmend.script;

import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Token;
import dev.pgmend.sql.Token.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One statement's tokens, read one after the other. Words are given in lower case.
final class Tokens {
  private final String sql;
  private final List<Token> tokens;
  private final String namespace;
  private int position;

  /// @param namespace the schema of unqualified names, "" if there is none: since 2018 pg_dump qualifies them all
  Tokens(String sql, String namespace) {
    this.sql = sql;
    this.tokens = Lexer.tokens(sql);
    this.namespace = namespace;
  }

  /// Thrown by what reads a statement that pg_dump does not write.
  static final class Unexpected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unexpected() {
      super("unexpected", null, false, false);
    }
  }

  boolean hasNamespace() {
    return !namespace.isEmpty();
  }

  List<Token> all() {
    return tokens;
  }

  int position() {
    return position;
  }

  void moveTo(int at) {
    position = at;
  }

  boolean atEnd() {
    return position >= tokens.size();
  }

  @Nullable Token at(int ahead) {
    int at = position + ahead;
    return at >= 0 && at < tokens.size() ? tokens.get(at) : null;
  }

  Token next() {
    if (atEnd()) {
      throw new Unexpected();
    }
    return tokens.get(position++);
  }

  boolean at(String... words) {
    for (int i = 0; i < words.length; i++) {
      Token token = at(i);
      if (token == null || !(token.isWord(words[i]) || token.is(words[i]))) {
        return false;
      }
    }
    return true;
  }

  boolean accept(String... words) {
    boolean accepted = at(words);
    position += accepted ? words.length : 0;
    return accepted;
  }

  void expect(String... words) {
    if (!accept(words)) {
      throw new Unexpected();
    }
  }

  String name() {
    Token token = next();
    if (!token.isName()) {
      throw new Unexpected();
    }
    return token.value();
  }

  String string() {
    Token token = next();
    if (token.kind() != Kind.STRING) {
      throw new Unexpected();
    }
    return token.value();
  }

  /// Reads `s.n`, or `n` where there is a namespace. The name may be an operator.
  QualifiedName qualified() {
    String first = nameOrOperator();
    if (accept(".")) {
      return new QualifiedName(first, nameOrOperator());
    }
    if (namespace.isEmpty()) {
      throw new Unexpected();
    }
    return new QualifiedName(namespace, first);
  }

  /// {@return the name in the schema of unqualified names}
  QualifiedName relativeTo(String name) {
    if (namespace.isEmpty()) {
      throw new Unexpected();
    }
    return new QualifiedName(namespace, name);
  }

  private String nameOrOperator() {
    Token token = next();
    if (!token.isName() && token.kind() != Kind.OPERATOR) {
      throw new Unexpected();
    }
    return token.value();
  }

  /// Reads a group in parentheses or brackets, or a single token.
  void skip() {
    int depth = 0;
    do {
      Token token = next();
      depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
    } while (depth > 0);
  }

  /// Moves to a word outside parentheses.
  boolean skipTo(String word) {
    while (!atEnd()) {
      if (at(word) && !(position > 0 && tokens.get(position - 1).is("."))) {
        return true;
      }
      skip();
    }
    return false;
  }

  /// {@return the text as written, from one position to before another}
  String text(int from, int to) {
    return from >= to ? "" : sql.substring(tokens.get(from).start(), tokens.get(to - 1).end());
  }

  /// {@return the text as written from a position to the current one}
  String textFrom(int from) {
    return text(from, position);
  }

  /// {@return the last token that was read, as written}
  String last() {
    return text(position - 1, position);
  }

  /// {@return the names in the parentheses here, which are read}
  List<String> names() {
    int open = position;
    skip();
    return tokens.subList(open, position).stream().filter(Token::isName).map(Token::value).toList();
  }

  /// {@return whether that word occurs anywhere after the current position}
  boolean contains(String... words) {
    int start = position;
    for (int at = start; at < tokens.size(); at++) {
      position = at;
      if (at(words)) {
        position = start;
        return true;
      }
    }
    position = start;
    return false;
  }
}
