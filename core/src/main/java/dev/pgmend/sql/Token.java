package dev.pgmend.sql;

/// One token of SQL text: its kind, where it stands (`start` inclusive, `end` exclusive) and what it means.
/// White space and comments lie between tokens. The value of an unquoted identifier is folded to lower case, that of a quoted
/// identifier or a string is decoded, that of everything else is its text.
public record Token(Kind kind, int start, int end, String value) {

  /// What a token is.
  public enum Kind {
    /// An unquoted identifier or keyword.
    IDENTIFIER,
    /// `"…"` or `U&"…"`.
    QUOTED,
    /// `'…'`, `E'…'`, `U&'…'`, `N'…'`, `B'…'`, `X'…'` or a dollar-quoted string.
    STRING,
    NUMBER,
    OPERATOR,
    /// One of `( ) [ ] , ; . .. : ::`.
    PUNCTUATION,
    /// `$1`
    PARAMETER
  }

  /// {@return whether this is that keyword, unquoted; the keyword is given in lower case}
  public boolean isWord(String lowerKeyword) {
    return kind == Kind.IDENTIFIER && value.equals(lowerKeyword);
  }

  /// {@return whether this can be the name of something}
  public boolean isName() {
    return kind == Kind.IDENTIFIER || kind == Kind.QUOTED;
  }

  /// {@return whether this is that punctuation}
  public boolean is(String punctuation) {
    return kind == Kind.PUNCTUATION && value.equals(punctuation);
  }

  boolean opens() {
    return is("(") || is("[");
  }

  boolean closes() {
    return is(")") || is("]");
  }
}
