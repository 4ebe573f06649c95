package dev.pgmend.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows that are stored as INSERT statements, in COPY's text format: what COPY would have written for the same rows, byte for
/// byte. Only what pg_dump writes is read, `INSERT INTO … VALUES (literal, …), …;` again and again, so nothing is ever evaluated;
/// everything else is an error. Memory does not depend on the length of rows.
///
/// ```
/// literal := NULL | TRUE | FALSE | DEFAULT | number | '…' | E'…' | B'…' | X'…'
/// ```
final class InsertText extends InputStream {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int WORD_MAX = 20;
  private static final int HEAD_MAX = 1 << 20;
  private static final int NONE = -1;

  private final MemberInputStream member;
  private final InputStream utf8;
  private final String encodingName;
  private int columns;
  private boolean[] defaulted = {};
  private final boolean standardStrings;

  private final byte[] in = new byte[BUFFER_BYTES];
  private int next;
  private int limit;
  private long inStart;
  private final byte[] out = new byte[BUFFER_BYTES];
  private int outNext;
  private int outLimit;

  private final StringBuilder head = new StringBuilder();
  private @Nullable String firstHead;
  private boolean inHead;
  private long rows;
  private int value;
  private int fields;
  private State state = State.STATEMENT;

  /// What comes next.
  private enum State {
    STATEMENT,
    ROW,
    VALUE,
    NUMBER,
    STRING,
    ESCAPES,
    AFTER_VALUE,
    AFTER_ROW,
    END
  }

  /// The values of a row.
  ///
  /// @param columns how many go into a row of COPY
  /// @param defaulted which values of an INSERT, counted from 0, must be DEFAULT
  record Values(int columns, List<Integer> defaulted) {}

  /// Reads the text before the first statement's values, as bytes held in ISO-8859-1.
  @FunctionalInterface
  interface HeadReader {
    /// {@return what follows it, null if it is not what it must be}
    @Nullable Values read(String head);
  }

  private final HeadReader heads;
  private final @Nullable Replacing replacing;

  InsertText(
      MemberInputStream member,
      TextEncoding encoding,
      HeadReader heads,
      boolean standardStrings,
      @Nullable Replacing replacing) {
    this.member = member;
    this.heads = heads;
    this.replacing = replacing;
    this.encodingName = encoding.name();
    this.standardStrings = standardStrings;
    // Bytes of a database in SQL_ASCII stay as they are, as in CopyText.
    this.utf8 =
        replacing != null
            ? replacing.utf8(member, encoding)
            : encoding.name().equals(TextEncoding.SQL_ASCII)
                ? member
                : new Utf8Transcoder(member, encoding.charset());
  }

  /// {@return the first statement up to VALUES, as bytes held in ISO-8859-1; "" if there is none} Closes the member.
  static String firstHead(MemberInputStream member, TextEncoding encoding) {
    try (InsertText text =
        new InsertText(member, encoding, _ -> new Values(0, List.of()), true, null)) {
      text.statement();
      return text.firstHead == null ? "" : text.firstHead;
    }
  }

  @Override
  public int read() {
    return ready() ? out[outNext++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    if (!ready()) {
      return -1;
    }
    int count = Math.min(length, outLimit - outNext);
    System.arraycopy(out, outNext, bytes, offset, count);
    outNext += count;
    return count;
  }

  @Override
  public void close() {
    member.close();
  }

  private boolean ready() {
    if (outNext == outLimit) {
      outNext = outLimit = 0;
      while (state != State.END && outLimit < out.length - 8) {
        step();
      }
    }
    return outNext < outLimit;
  }

  private void step() {
    switch (state) {
      case STATEMENT -> statement();
      case ROW -> row();
      case VALUE -> value();
      case NUMBER -> number();
      case STRING -> string(false);
      case ESCAPES -> string(true);
      case AFTER_VALUE -> afterValue();
      case AFTER_ROW -> afterRow();
      case END -> {}
    }
  }

  /// Everything up to VALUES was understood when the archive was opened, for the first statement. The others must begin alike.
  private void statement() {
    skipBlanks();
    if (peek() == NONE) {
      state = State.END;
      if (replacing != null) {
        replacing.end();
      }
      return;
    }
    head.setLength(0);
    inHead = true;
    state = State.ROW;
    beginning();
    inHead = false;
    String text = head.toString();
    if (firstHead == null) {
      Values values = heads.read(text);
      if (values == null) {
        throw fail("INSERT is not for the table and the columns of this entry");
      }
      columns = values.columns();
      defaulted = new boolean[columns + values.defaulted().size()];
      values.defaulted().forEach(at -> defaulted[at] = true);
      firstHead = text;
    } else if (!firstHead.equals(text)) {
      throw fail("INSERT is not like those before it");
    }
    if (state == State.AFTER_ROW && columns > 0) {
      throw fail("row without values");
    }
  }

  private void beginning() {
    expectWord("INSERT");
    skipBlanks();
    expectWord("INTO");
    skipName();
    skipBlanks();
    if (peek() == '(') {
      skipColumns();
      skipBlanks();
    }
    String word = word();
    if (word.equals("DEFAULT")) {
      skipBlanks();
      expectWord("VALUES");
      fields = 0;
      endRow();
      state = State.AFTER_ROW;
      return;
    }
    if (word.equals("OVERRIDING")) {
      skipBlanks();
      expectWord("SYSTEM");
      skipBlanks();
      expectWord("VALUE");
      skipBlanks();
      word = word();
    }
    if (!word.equals("VALUES")) {
      throw fail("INSERT is not one that pg_dump writes");
    }
  }

  private void row() {
    skipBlanks();
    expect('(');
    value = 0;
    fields = 0;
    state = State.VALUE;
  }

  private void value() {
    skipBlanks();
    if (value == defaulted.length) {
      throw fail("row has more values than the table has columns");
    }
    int c = peek();
    boolean wanted = !defaulted[value];
    if (wanted && fields++ > 0) {
      put('\t');
    }
    value++;
    if (wanted && c == '\'') {
      take();
      state = standardStrings ? State.STRING : State.ESCAPES;
    } else if (wanted && (c == 'E' || c == 'B' || c == 'X') && peek(1) == '\'') {
      take();
      take();
      state = c == 'E' ? State.ESCAPES : State.STRING;
      if (c == 'X') {
        throw fail("hexadecimal bit string is not one that pg_dump writes");
      }
    } else if (wanted && (c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9'))) {
      state = State.NUMBER;
    } else {
      word(wanted);
      state = State.AFTER_VALUE;
    }
  }

  private void word(boolean wanted) {
    StringBuilder text = new StringBuilder();
    for (int c = peek(); isLetter(c) && text.length() < WORD_MAX; c = peek()) {
      text.append((char) c);
      take();
    }
    String word = text.toString();
    if (!wanted) {
      if (!word.equals("DEFAULT")) {
        throw fail("value of a generated column is not DEFAULT");
      }
      return;
    }
    switch (word) {
      case "NULL" -> {
        put('\\');
        put('N');
      }
      case "true" -> put('t');
      case "false" -> put('f');
      default -> throw fail("value is not one that pg_dump writes");
    }
  }

  /// Goes on with a number until it ends or the output is full; numbers may have thousands of digits.
  private void number() {
    while (outLimit < out.length - 8) {
      int c = peek();
      if (!isLiteral(c)) {
        state = State.AFTER_VALUE;
        return;
      }
      put(c);
      take();
    }
  }

  private static boolean isLiteral(int c) {
    return (c >= '0' && c <= '9') || c == 'e' || c == 'E' || c == '.' || c == '+' || c == '-';
  }

  /// Goes on with a string until it ends or the output is full.
  private void string(boolean escapes) {
    while (outLimit < out.length - 8) {
      int c = peek();
      if (c == NONE) {
        throw fail("string is not closed");
      }
      if (c == '\'') {
        if (peek(1) != '\'') {
          take();
          state = State.AFTER_VALUE;
          return;
        }
        take();
        take();
        put('\'');
      } else if (c == '\\' && escapes) {
        escape();
      } else {
        take();
        putEscaped(c);
      }
    }
  }

  /// pg_dump escapes nothing but quotes and backslashes.
  private void escape() {
    int c = peek(1);
    if (c != '\\' && c != '\'') {
      throw fail("escape in a string is not one that pg_dump writes");
    }
    take();
    take();
    putEscaped(c);
  }

  /// As COPY TO does. Source: copyto.c, CopyAttributeOutText.
  private void putEscaped(int c) {
    int letter =
        switch (c) {
          case '\b' -> 'b';
          case '\f' -> 'f';
          case '\n' -> 'n';
          case '\r' -> 'r';
          case '\t' -> 't';
          case 0x0b -> 'v';
          case '\\' -> '\\';
          default -> 0;
        };
    if (letter != 0) {
      put('\\');
      put(letter);
    } else {
      put(c);
    }
  }

  private void afterValue() {
    skipBlanks();
    int c = peek();
    take();
    if (c == ',') {
      state = State.VALUE;
    } else if (c == ')') {
      if (value != defaulted.length) {
        throw fail("row has fewer values than the table has columns");
      }
      endRow();
      state = State.AFTER_ROW;
    } else {
      throw fail("value is followed by neither a comma nor a parenthesis");
    }
  }

  private void endRow() {
    put('\n');
    rows++;
    if (replacing != null) {
      replacing.rowEnds(inStart + next);
    }
  }

  private void afterRow() {
    skipBlanks();
    int c = peek();
    if (c == 'O') {
      for (String word : new String[] {"ON", "CONFLICT", "DO", "NOTHING"}) {
        expectWord(word);
        skipBlanks();
      }
      c = peek();
      if (c != ';') {
        throw fail("INSERT is not one that pg_dump writes");
      }
    }
    take();
    if (c == ',') {
      state = State.ROW;
    } else if (c == ';') {
      state = State.STATEMENT;
    } else {
      throw fail("row is followed by neither a comma nor a semicolon");
    }
  }

  private void skipName() {
    skipBlanks();
    while (true) {
      if (peek() == '"') {
        skipQuoted();
      } else {
        int c = peek();
        if (!isLetter(c)) {
          throw fail("INSERT is not one that pg_dump writes");
        }
        while (isLetter(c) || (c >= '0' && c <= '9') || c == '$') {
          take();
          c = peek();
        }
      }
      if (peek() != '.') {
        return;
      }
      take();
    }
  }

  private void skipColumns() {
    while (peek() != ')') {
      if (peek() == '"') {
        skipQuoted();
      } else if (peek() == NONE) {
        throw fail("INSERT is cut off");
      } else {
        take();
      }
    }
    take();
  }

  private void skipQuoted() {
    do {
      take();
      while (peek() != '"') {
        if (peek() == NONE) {
          throw fail("name is not closed");
        }
        take();
      }
      take();
    } while (peek() == '"');
  }

  /// Blanks, and the comments between statements.
  private void skipBlanks() {
    for (int c = peek(); ; c = peek()) {
      if (c == '-' && peek(1) == '-' && state == State.STATEMENT) {
        while (peek() != '\n' && peek() != NONE) {
          take();
        }
      } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
        take();
      } else {
        return;
      }
    }
  }

  private String word() {
    StringBuilder text = new StringBuilder();
    for (int c = peek(); c >= 'A' && c <= 'Z' && text.length() < WORD_MAX; c = peek()) {
      text.append((char) c);
      take();
    }
    return text.toString();
  }

  private void expectWord(String word) {
    if (!word().equals(word)) {
      throw fail("INSERT is not one that pg_dump writes");
    }
  }

  private void expect(char c) {
    if (peek() != c) {
      throw fail("row does not begin with a parenthesis");
    }
    take();
  }

  private static boolean isLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private void put(int b) {
    out[outLimit++] = (byte) b;
  }

  private void take() {
    if (inHead) {
      if (head.length() == HEAD_MAX) {
        throw fail("INSERT is not one that pg_dump writes");
      }
      head.append((char) (in[next] & 0xff));
    }
    next++;
  }

  private int peek() {
    return next < limit ? in[next] & 0xff : peek(0);
  }

  private int peek(int ahead) {
    while (next + ahead >= limit) {
      if (!fill()) {
        return NONE;
      }
    }
    return in[next + ahead] & 0xff;
  }

  private boolean fill() {
    System.arraycopy(in, next, in, 0, limit - next);
    inStart += next;
    limit -= next;
    next = 0;
    try {
      int count = utf8.read(in, limit, in.length - limit);
      limit += Math.max(0, count);
      return count > 0;
    } catch (CharacterCodingException e) {
      throw ArchiveException.hinted(
          member.file(),
          member.entry(),
          inStart + limit,
          "text is not valid %s, row %d of the uncompressed data".formatted(encodingName, rows + 1),
          Replacing.HINT);
    } catch (IOException e) {
      throw fail("cannot read: " + e.getMessage());
    }
  }

  private ArchiveException fail(String problem) {
    return ArchiveException.at(
        member.file(),
        member.entry(),
        inStart + next,
        problem + ", row " + (rows + 1) + " of the uncompressed data");
  }
}
