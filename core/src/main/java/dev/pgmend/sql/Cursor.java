package dev.pgmend.sql;

import dev.pgmend.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads tokens one after the other. Keywords are given in lower case.
final class Cursor {
  private final String sql;
  private final List<Token> tokens;
  private final @Nullable String namespace;
  private int position;

  Cursor(String sql, List<Token> tokens, @Nullable String namespace) {
    this.sql = sql;
    this.tokens = tokens;
    this.namespace = namespace;
  }

  boolean atEnd() {
    return position >= tokens.size();
  }

  int position() {
    return position;
  }

  void moveTo(int position) {
    this.position = position;
  }

  int remaining() {
    return tokens.size() - position;
  }

  /// {@return the token here}
  Token peek() {
    if (atEnd()) {
      throw error("unexpected end of statement");
    }
    return tokens.get(position);
  }

  Token next() {
    Token token = peek();
    position++;
    return token;
  }

  @Nullable Token at(int ahead) {
    int at = position + ahead;
    return at >= 0 && at < tokens.size() ? tokens.get(at) : null;
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

  /// {@return whether the next token was one of these keywords; if so it has been read}
  boolean acceptAny(String... words) {
    for (String word : words) {
      if (accept(word)) {
        return true;
      }
    }
    return false;
  }

  void expect(String... words) {
    if (!accept(words)) {
      throw error("expected " + String.join(" ", words));
    }
  }

  void expectEnd() {
    if (!atEnd()) {
      throw error("unexpected text");
    }
  }

  String name() {
    Token token = peek();
    if (!token.isName()) {
      throw error("expected a name");
    }
    position++;
    return token.value();
  }

  /// {@return the parts of a name with dots}
  List<String> dottedName() {
    List<String> parts = new ArrayList<>();
    parts.add(name());
    while (accept(".")) {
      parts.add(name());
    }
    return parts;
  }

  QualifiedName qualifiedName() {
    int start = position;
    return qualifiedName(dottedName(), start);
  }

  /// {@return the parts as a name; the position at which they began is for the error}
  QualifiedName qualifiedName(List<String> parts, int start) {
    if (parts.size() == 2) {
      return new QualifiedName(parts.get(0), parts.get(1));
    }
    if (parts.size() == 1 && namespace != null) {
      return new QualifiedName(namespace, parts.getFirst());
    }
    position = start;
    throw error(parts.size() == 1 ? "name without a schema" : "too many dots in a name");
  }

  @Nullable String namespace() {
    return namespace;
  }

  /// Reads a group in parentheses or brackets with everything in it.
  void skipGroup() {
    int depth = 0;
    do {
      Token token = next();
      depth += token.opens() ? 1 : token.closes() ? -1 : 0;
    } while (depth > 0);
  }

  /// Moves to the next of these words or punctuation marks outside parentheses, which is not preceded by a dot (then it is
  /// a name); to the end if there is none.
  /// @return whether there was one
  boolean skipTo(Set<String> stops) {
    while (!atEnd()) {
      Token token = peek();
      Token previous = at(-1);
      boolean stop = token.kind() == Kind.IDENTIFIER || token.kind() == Kind.PUNCTUATION;
      if (stop && stops.contains(token.value()) && !(previous != null && previous.is("."))) {
        return true;
      }
      if (token.opens()) {
        skipGroup();
      } else {
        position++;
      }
    }
    return false;
  }

  boolean skipTo(String word) {
    return skipTo(Set.of(word));
  }

  /// {@return the text between two positions, from the first token's start to the last one's end}
  String text(int from, int to) {
    return from >= to ? "" : sql.substring(tokens.get(from).start(), tokens.get(to - 1).end());
  }

  Token token(int at) {
    return tokens.get(at);
  }

  SqlSyntaxException error(String message) {
    int offset =
        position < tokens.size()
            ? tokens.get(position).start()
            : tokens.isEmpty() ? 0 : tokens.getLast().end();
    return new SqlSyntaxException(message, sql, offset);
  }
}
