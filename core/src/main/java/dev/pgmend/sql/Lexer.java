package dev.pgmend.sql;

import dev.pgmend.sql.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Splits SQL into tokens by the rules of PostgreSQL's `scan.l`, with standard_conforming_strings on: nested comments,
/// dollar quotes, escape strings, strings continued on the next line, operators cut before comments. What psql does to text
/// (backslash commands, variables) is not SQL: a backslash outside quotes is an error.
public final class Lexer {
  private static final String OPERATOR_CHARACTERS = "~!@#^&|`?+-*/%<>=";

  /// An operator may end in + or - only if it holds one of these (scan.l).
  private static final String SIGN_ENABLING = "~!@#^&|`?%";

  private final String sql;
  private final boolean standardStrings;
  private final List<Token> tokens = new ArrayList<>();
  private int position;

  private Lexer(String sql, boolean standardStrings) {
    this.sql = sql;
    this.standardStrings = standardStrings;
  }

  /// {@return the tokens of the text, in order}
  /// @throws SqlSyntaxException if it ends inside quotes or a comment, or holds what is not SQL
  public static List<Token> tokens(String sql) {
    return tokens(sql, true);
  }

  /// {@return whatever is written as one name, a dot and another: relations, but also columns and functions}
  public static Set<QualifiedName> qualifiedNames(String sql) {
    Set<QualifiedName> names = new LinkedHashSet<>();
    List<Token> tokens = tokens(sql);
    for (int i = 2; i < tokens.size(); i++) {
      if (tokens.get(i).isName() && tokens.get(i - 1).is(".") && tokens.get(i - 2).isName()) {
        names.add(new QualifiedName(tokens.get(i - 2).value(), tokens.get(i).value()));
      }
    }
    return names;
  }

  static List<Token> tokens(String sql, boolean standardStrings) {
    Lexer lexer = new Lexer(sql, standardStrings);
    if (sql.indexOf('\0') >= 0) {
      throw lexer.error("character 0", sql.indexOf('\0'));
    }
    while (lexer.skipBlanks()) {
      lexer.next();
    }
    return List.copyOf(lexer.tokens);
  }

  private void next() {
    int start = position;
    char c = sql.charAt(start);
    if (c == '\'') {
      string(start, start, standardStrings ? Text.PLAIN : Text.ESCAPES);
    } else if (isPrefix(c, "eE") && at(1) == '\'') {
      string(start, start + 1, Text.ESCAPES);
    } else if (isPrefix(c, "bBxXnN") && at(1) == '\'') {
      boolean national = isPrefix(c, "nN");
      string(start, start + 1, national && !standardStrings ? Text.ESCAPES : Text.PLAIN);
    } else if (isPrefix(c, "uU") && at(1) == '&' && at(2) == '\'') {
      string(start, start + 2, Text.UNICODE);
    } else if (isPrefix(c, "uU") && at(1) == '&' && at(2) == '"') {
      quotedIdentifier(start, start + 2, true);
    } else if (c == '"') {
      quotedIdentifier(start, start, false);
    } else if (c == '$') {
      dollar(start);
    } else if (startsIdentifier(c)) {
      identifier(start);
    } else if (isDigit(c) || (c == '.' && isDigit(at(1)))) {
      number(start);
    } else if (OPERATOR_CHARACTERS.indexOf(c) >= 0) {
      operator(start);
    } else {
      punctuation(start, c);
    }
  }

  private enum Text {
    PLAIN,
    ESCAPES,
    UNICODE
  }

  private void string(int start, int quote, Text text) {
    StringBuilder body = new StringBuilder();
    position = quote;
    do {
      segment(start, text == Text.ESCAPES, body);
    } while (continues());
    String value = body.toString();
    value =
        switch (text) {
          case PLAIN -> value;
          case ESCAPES -> new Escapes(sql, start).decode(value);
          case UNICODE -> new Escapes(sql, start).decodeUnicode(value, unicodeEscape());
        };
    add(Kind.STRING, start, value);
  }

  /// Reads one `'…'`, the opening quote at the position; doubled quotes are undoubled, backslashes stay for later.
  private void segment(int start, boolean escapes, StringBuilder body) {
    int at = position + 1;
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\' && escapes && at < sql.length()) {
        body.append(c).append(sql.charAt(at++));
      } else if (c != '\'') {
        body.append(c);
      } else if (at < sql.length() && sql.charAt(at) == '\'') {
        body.append('\'');
        at++;
      } else {
        position = at;
        return;
      }
    }
    throw error("unterminated string", start);
  }

  /// A string goes on if only blanks and `--` comments with at least one line break lie before the next quote.
  private boolean continues() {
    int at = position;
    boolean lineBreak = false;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\n' || c == '\r') {
        lineBreak = true;
        at++;
      } else if (isBlank(c)) {
        at++;
      } else if (sql.startsWith("--", at)) {
        at = lineEnd(at);
      } else {
        break;
      }
    }
    if (!lineBreak || at >= sql.length() || sql.charAt(at) != '\'') {
      return false;
    }
    position = at;
    return true;
  }

  private void quotedIdentifier(int start, int quote, boolean unicode) {
    StringBuilder body = new StringBuilder();
    int at = quote + 1;
    while (true) {
      int end = sql.indexOf('"', at);
      if (end < 0) {
        throw error("unterminated quoted identifier", start);
      }
      body.append(sql, at, end);
      at = end + 1;
      if (at >= sql.length() || sql.charAt(at) != '"') {
        break;
      }
      body.append('"');
      at++;
    }
    position = at;
    if (body.isEmpty()) {
      throw error("zero-length quoted identifier", start);
    }
    String value = body.toString();
    if (unicode) {
      value = new Escapes(sql, start).decodeUnicode(value, unicodeEscape());
    }
    add(Kind.QUOTED, start, value);
  }

  /// Reads the `UESCAPE 'c'` that may follow a Unicode literal; it becomes part of that token.
  private char unicodeEscape() {
    int end = position;
    if (skipBlanks() && sql.regionMatches(true, position, "uescape", 0, 7)) {
      position += 7;
      if (skipBlanks() && sql.startsWith("'", position) && at(2) == '\'') {
        char escape = at(1);
        position += 3;
        return escape;
      }
      throw error("invalid UESCAPE", end);
    }
    position = end;
    return '\\';
  }

  private void dollar(int start) {
    if (isDigit(at(1))) {
      position = start + 1;
      while (isDigit(at(0))) {
        position++;
      }
      add(Kind.PARAMETER, start, sql.substring(start, position));
      return;
    }
    int at = start + 1;
    while (at < sql.length() && continuesTag(sql.charAt(at), at == start + 1)) {
      at++;
    }
    if (at >= sql.length() || sql.charAt(at) != '$') {
      throw error("unexpected $", start);
    }
    String delimiter = sql.substring(start, at + 1);
    int end = sql.indexOf(delimiter, at + 1);
    if (end < 0) {
      throw error("unterminated dollar-quoted string", start);
    }
    position = end + delimiter.length();
    add(Kind.STRING, start, sql.substring(at + 1, end));
  }

  private static boolean continuesTag(char c, boolean first) {
    return startsIdentifier(c) || (!first && isDigit(c));
  }

  private void identifier(int start) {
    position = start + 1;
    while (position < sql.length() && continuesIdentifier(sql.charAt(position))) {
      position++;
    }
    add(Kind.IDENTIFIER, start, foldCase(sql.substring(start, position)));
  }

  private void number(int start) {
    position = start;
    char marker = at(1);
    if (at(0) == '0' && "xXoObB".indexOf(marker) >= 0 && isRadixDigit(at(2))) {
      position += 2;
      while (isRadixDigit(at(0))) {
        position++;
      }
    } else {
      digits();
      // 1..10 is a number, two dots and a number
      if (at(0) == '.' && at(1) != '.') {
        position++;
        digits();
      }
      int sign = at(1) == '+' || at(1) == '-' ? 1 : 0;
      if (isPrefix(at(0), "eE") && isDigit(at(1 + sign))) {
        position += 1 + sign;
        digits();
      }
    }
    if (position < sql.length() && startsIdentifier(sql.charAt(position))) {
      throw error("trailing junk after number", start);
    }
    add(Kind.NUMBER, start, sql.substring(start, position));
  }

  private void digits() {
    while (isDigit(at(0)) || (at(0) == '_' && isDigit(at(1)))) {
      position++;
    }
  }

  private void operator(int start) {
    int end = start;
    boolean signEnabled = false;
    while (end < sql.length() && OPERATOR_CHARACTERS.indexOf(sql.charAt(end)) >= 0) {
      if (end > start && (sql.startsWith("--", end) || sql.startsWith("/*", end))) {
        break;
      }
      signEnabled |= SIGN_ENABLING.indexOf(sql.charAt(end)) >= 0;
      end++;
    }
    while (end > start + 1 && !signEnabled && isPrefix(sql.charAt(end - 1), "+-")) {
      end--;
    }
    position = end;
    add(Kind.OPERATOR, start, sql.substring(start, end));
  }

  private void punctuation(int start, char c) {
    if (c == ':' && at(1) == '=') {
      position = start + 2;
      add(Kind.OPERATOR, start, ":=");
      return;
    }
    if ("()[],;.:".indexOf(c) < 0) {
      throw error(c == '\\' ? "psql command" : "unexpected character", start);
    }
    boolean doubled = (c == ':' || c == '.') && at(1) == c;
    position = start + (doubled ? 2 : 1);
    add(Kind.PUNCTUATION, start, sql.substring(start, position));
  }

  /// Moves to the next token; false at the end of the text.
  private boolean skipBlanks() {
    while (position < sql.length()) {
      if (isBlank(sql.charAt(position))) {
        position++;
      } else if (sql.startsWith("--", position)) {
        position = lineEnd(position);
      } else if (sql.startsWith("/*", position)) {
        blockComment(position);
      } else {
        return true;
      }
    }
    return false;
  }

  private void blockComment(int start) {
    int depth = 0;
    do {
      if (sql.startsWith("/*", position)) {
        depth++;
        position += 2;
      } else if (sql.startsWith("*/", position)) {
        depth--;
        position += 2;
      } else if (position >= sql.length()) {
        throw error("unterminated comment", start);
      } else {
        position++;
      }
    } while (depth > 0);
  }

  private int lineEnd(int from) {
    int at = from;
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at++;
    }
    return at;
  }

  private char at(int ahead) {
    int at = position + ahead;
    return at < sql.length() ? sql.charAt(at) : '\0';
  }

  private void add(Kind kind, int start, String value) {
    tokens.add(new Token(kind, start, position, value));
  }

  private SqlSyntaxException error(String message, int offset) {
    return new SqlSyntaxException(message, sql, offset);
  }

  /// Folds as the server does with a multi-byte encoding: ASCII letters only.
  static String foldCase(String identifier) {
    int first = 0;
    while (first < identifier.length() && !isUpper(identifier.charAt(first))) {
      first++;
    }
    if (first == identifier.length()) {
      return identifier;
    }
    char[] folded = identifier.toCharArray();
    for (int i = first; i < folded.length; i++) {
      if (isUpper(folded[i])) {
        folded[i] = (char) (folded[i] + 32);
      }
    }
    return new String(folded);
  }

  private static boolean isUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }

  private static boolean isPrefix(char c, String letters) {
    return letters.indexOf(c) >= 0;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isRadixDigit(char c) {
    return isDigit(c) || c == '_' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  private static boolean startsIdentifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private static boolean continuesIdentifier(char c) {
    return startsIdentifier(c) || isDigit(c) || c == '$';
  }
}
