package dev.pgmend.script;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Takes a script apart by the rules of PostgreSQL's and psql's lexers, byte by byte and in constant memory: nothing in quotes, in
/// dollar quotes, in comments or among rows is taken for anything else. What it finds to be one statement is tokenised once more
/// by [dev.pgmend.sql.Lexer]; where the two disagree the script is refused.
final class ScriptScanner implements AutoCloseable {
  private static final int LINE_MAX = 64 << 10;
  private static final int WORD_MAX = 32;
  private static final int WORDS = 4;

  /// Whether the byte after one above 127 may look like a backslash.
  enum Trail {
    NONE,
    /// As below, but for the half-width kana, which are one byte.
    SJIS,
    /// BIG5, GBK, GB18030, UHC, JOHAB.
    OTHER
  }

  private final ScriptBytes bytes;
  private boolean standardStrings = true;
  private Trail trail = Trail.NONE;

  private final String[] first = new String[WORDS];
  private int words;
  private String previous = "";
  private String beforePrevious = "";
  private int depth;
  private boolean routineBody;
  private int cases;
  private boolean afterEscapes;
  private boolean lineBreak;
  private boolean insert;
  private boolean defaultValues;
  private byte[] head = {};

  private final Script.Places known;
  private final Script.Keeper keeper;

  ScriptScanner(ScriptBytes.Source source, Script.Places known, Script.Keeper keeper)
      throws IOException {
    this.bytes = new ScriptBytes(source);
    this.known = known;
    this.keeper = keeper;
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }

  /// What the statement before said about the strings that follow.
  void standardStrings(boolean standard) {
    this.standardStrings = standard;
  }

  /// In which encoding the script is, as far as that matters here.
  void trail(Trail bytes) {
    this.trail = bytes;
  }

  /// {@return the next part, null at the end}
  @org.jspecify.annotations.Nullable
  Part next() throws IOException {
    if (bytes.position() == 0 && bytes.peek() == 0xef && bytes.peek(1) == 0xbb) {
      bytes.take(3);
    }
    while (true) {
      int c = bytes.peek();
      if (c == ScriptBytes.NONE) {
        return null;
      }
      if (isBlank(c) || c == ';') {
        bytes.take();
      } else if (c == '-' && bytes.peek(1) == '-') {
        long start = bytes.position();
        return new Part.Comment(start, line(2));
      } else if (c == '/' && bytes.peek(1) == '*') {
        blockComment();
      } else if (c == '\\') {
        long start = bytes.position();
        return new Part.Command(start, line(1));
      } else {
        return statement();
      }
    }
  }

  private byte[] line(int skipped) throws IOException {
    bytes.take(skipped);
    long start = bytes.position();
    bytes.keep();
    bytes.takeTo('\n', '\n');
    bytes.stopKeeping();
    if (bytes.keptSize() > LINE_MAX) {
      throw new ScriptException(start, "line of " + bytes.keptSize() + " bytes");
    }
    byte[] text = bytes.kept();
    if (text.length > 0 && text[text.length - 1] == '\r') {
      throw carriageReturns(bytes.position() - 1);
    }
    return text;
  }

  private Part statement() throws IOException {
    long start = bytes.position();
    words = depth = cases = 0;
    routineBody = insert = defaultValues = afterEscapes = false;
    previous = beforePrevious = "";
    head = new byte[0];
    bytes.keep();
    while (true) {
      int c = bytes.peek();
      if (c == ScriptBytes.NONE) {
        throw new ScriptException(
            bytes.position(),
            "ends within the statement at offset " + start + ", so it is cut off");
      }
      if (c == ';' && depth == 0 && !routineBody) {
        break;
      }
      token(c);
      if (insert && !bytes.keeping()) {
        Script.Rows place = known.at(start);
        if (place != null) {
          return leapInserts(start, place);
        }
      }
    }
    boolean kept = bytes.keeping();
    bytes.stopKeeping();
    bytes.take();
    if (insert && !kept) {
      return new Part.Inserts(start, head, bytes.position() - start, defaultValues);
    }
    byte[] text = bytes.kept();
    if (words > 0 && "copy".equals(first[0])) {
      return copy(start, text);
    }
    return new Part.Sql(start, text);
  }

  private Part leapInserts(long start, Script.Rows place) throws IOException {
    if (!bytes.leapStatements(start + place.length())) {
      throw new Script.Misled();
    }
    return new Part.Inserts(start, head, place.length(), defaultValues);
  }

  /// After COPY … FROM stdin and the end of its line come rows.
  private Part copy(long start, byte[] text) throws IOException {
    if (!previous.equals("stdin") || !beforePrevious.equals("from")) {
      throw new ScriptException(start, "COPY is not one that pg_dump writes");
    }
    while (bytes.peek() == ' ' || bytes.peek() == '\r') {
      if (bytes.peek() == '\r') {
        throw carriageReturns(bytes.position());
      }
      bytes.take();
    }
    if (bytes.peek() != '\n') {
      throw new ScriptException(bytes.position(), "no rows after COPY");
    }
    bytes.take();
    long rowsOffset = bytes.position();
    Script.Rows place = known.at(rowsOffset);
    if (place != null) {
      if (!bytes.leapRows(place.length())) {
        throw new Script.Misled();
      }
      return new Part.Copy(start, text, rowsOffset, place.length(), place.rows());
    }
    long rows = bytes.takeRows(keeper.keep(new String(text, StandardCharsets.UTF_8), rowsOffset));
    if (rows < 0) {
      throw new ScriptException(
          bytes.position(),
          "ends within the rows of the COPY at offset " + start + ", so it is cut off");
    }
    return new Part.Copy(start, text, rowsOffset, bytes.rowsEnd() - rowsOffset, rows);
  }

  private static ScriptException carriageReturns(long offset) {
    return new ScriptException(
        offset,
        "lines end in carriage returns: the script was changed on its way",
        "Transfer it again in binary mode, or convert it back with dos2unix if no value has carriage returns.");
  }

  private void token(int c) throws IOException {
    if (isBlank(c)) {
      lineBreak |= c == '\n' || c == '\r';
      bytes.take();
      return;
    }
    if (c == '-' && bytes.peek(1) == '-') {
      bytes.takeTo('\n', '\r');
      return;
    }
    if (c == '/' && bytes.peek(1) == '*') {
      afterEscapes = false;
      blockComment();
      return;
    }
    boolean continues = afterEscapes && lineBreak;
    afterEscapes = false;
    if (c == '\'') {
      string(!standardStrings || continues);
      word("");
    } else if (isIdentifier(c)) {
      identifier();
    } else if (c == '"') {
      bytes.take();
      quoted('"', false);
      word("");
    } else if (c == '$') {
      dollar();
      word("");
    } else if (c >= '0' && c <= '9') {
      number();
      word("");
    } else if (c == '\\') {
      throw new ScriptException(bytes.position(), "psql command within a statement");
    } else if (c == 0) {
      throw new ScriptException(bytes.position(), "byte 0 in a statement");
    } else {
      depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      if (depth < 0) {
        throw new ScriptException(bytes.position(), "unbalanced " + (char) c);
      }
      bytes.take();
      word("");
    }
  }

  private void number() throws IOException {
    for (int c = bytes.peek(); c >= '0' && c <= '9'; c = bytes.peek()) {
      bytes.take();
    }
  }

  private void identifier() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int c = bytes.peek();
        isIdentifier(c) || (c >= '0' && c <= '9') || c == '$';
        c = bytes.peek()) {
      if (text.length() < WORD_MAX) {
        text.append((char) c);
      }
      bytes.take();
    }
    String word = text.toString().toLowerCase(Locale.ROOT);
    int c = bytes.peek();
    if (c == '\'' && word.equals("e")) {
      string(true);
      word("");
    } else if (c == '\'' && word.equals("n")) {
      string(!standardStrings);
      word("");
    } else if (c == '\'' && (word.equals("b") || word.equals("x"))) {
      string(false);
      word("");
    } else if (c == '&' && word.equals("u") && (bytes.peek(1) == '\'' || bytes.peek(1) == '"')) {
      bytes.take();
      int quote = bytes.peek();
      bytes.take();
      quoted(quote, false);
      word("");
    } else {
      word(word);
    }
  }

  /// Notes a word of the statement, "" for any other token.
  private void word(String word) {
    if (words < WORDS) {
      first[words++] = word;
    }
    if (words == 1 && word.equals("insert")) {
      insert = true;
    }
    if (depth == 0 && insert && word.equals("values") && bytes.keeping()) {
      // What follows is rows, which are not looked at before they are asked for.
      defaultValues = previous.equals("default");
      head = bytes.kept();
      bytes.stopKeeping();
    }
    if (routineBody) {
      cases += word.equals("case") ? 1 : 0;
      if (word.equals("end")) {
        routineBody = cases > 0;
        cases = Math.max(0, cases - 1);
      }
    } else if (word.equals("atomic") && depth == 0 && previous.equals("begin")) {
      routineBody = createsRoutine();
    }
    beforePrevious = previous;
    previous = word;
  }

  private boolean createsRoutine() {
    if (words < WORDS || !first[0].equals("create")) {
      return false;
    }
    String object = first[1].equals("or") ? first[3] : first[1];
    return object.equals("function") || object.equals("procedure");
  }

  private void string(boolean escapes) throws IOException {
    bytes.take();
    quoted('\'', escapes);
    afterEscapes = escapes;
    lineBreak = false;
  }

  /// Reads to the end of what is quoted; the opening quote has been read. Doubled quotes end and begin it again.
  private void quoted(int quote, boolean escapes) throws IOException {
    long start = bytes.position() - 1;
    if (trail != Trail.NONE) {
      quotedWithTrailBytes(quote, escapes, start);
      return;
    }
    while (bytes.takeTo(quote, escapes ? '\\' : quote)) {
      if (bytes.peek() == quote && bytes.peek(1) != quote) {
        bytes.take();
        return;
      }
      bytes.take(2);
    }
    throw open(start);
  }

  private void quotedWithTrailBytes(int quote, boolean escapes, long start) throws IOException {
    for (int c = bytes.peek(); c != ScriptBytes.NONE; c = bytes.peek()) {
      if (c == quote && bytes.peek(1) != quote) {
        bytes.take();
        return;
      }
      boolean lead = c > 0x80 && !(trail == Trail.SJIS && c >= 0xa1 && c <= 0xdf);
      bytes.take(c == quote || lead || (escapes && c == '\\') ? 2 : 1);
    }
    throw open(start);
  }

  private void dollar() throws IOException {
    long start = bytes.position();
    StringBuilder tag = new StringBuilder();
    int c = bytes.peek(1);
    while (isIdentifier(c) || (!tag.isEmpty() && c >= '0' && c <= '9')) {
      tag.append((char) c);
      c = bytes.peek(1 + tag.length());
      if (tag.length() > 1000) {
        throw new ScriptException(start, "unexpected $");
      }
    }
    if (c != '$') {
      // A parameter, or an error that the lexer will find.
      bytes.take();
      return;
    }
    byte[] end = ('$' + tag.toString() + '$').getBytes(StandardCharsets.ISO_8859_1);
    bytes.take(end.length);
    while (bytes.takeTo('$', '$')) {
      int matching = 0;
      while (matching < end.length && bytes.peek(matching) == (end[matching] & 0xff)) {
        matching++;
      }
      if (matching == end.length) {
        bytes.take(end.length);
        return;
      }
      bytes.take();
    }
    throw open(start);
  }

  private void blockComment() throws IOException {
    long start = bytes.position();
    int open = 0;
    do {
      if (!bytes.takeTo('/', '*')) {
        throw open(start);
      }
      if (bytes.peek() == '/' && bytes.peek(1) == '*') {
        open++;
        bytes.take(2);
      } else if (bytes.peek() == '*' && bytes.peek(1) == '/') {
        open--;
        bytes.take(2);
      } else {
        bytes.take();
      }
    } while (open > 0);
  }

  private ScriptException open(long start) {
    return new ScriptException(
        bytes.position(),
        "ends within the quotes or the comment opened at offset " + start + ", so it is cut off");
  }

  private static boolean isBlank(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isIdentifier(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }
}
