package dev.pgmend.sql;

import dev.pgmend.PgmendException;

/// SQL text from a backup that is not what it should be. The offset counts characters from the
/// beginning of the text that was being read.
public final class SqlSyntaxException extends PgmendException {
  private static final long serialVersionUID = 1L;
  private static final int EXCERPT_LENGTH = 60;

  private final int offset;

  SqlSyntaxException(String message, String sql, int offset) {
    super(Kind.SOURCE, message + " at offset " + offset + excerpt(sql, offset));
    this.offset = offset;
  }

  /// {@return where in the text, in characters}
  public int offset() {
    return offset;
  }

  private static String excerpt(String sql, int offset) {
    if (offset >= sql.length()) {
      return " (end of text)";
    }
    String near = sql.substring(offset, Math.min(sql.length(), offset + EXCERPT_LENGTH));
    return " near \"" + printable(near) + "\"";
  }

  /// {@return the text on one line, without characters that a terminal would act on}
  static String printable(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
