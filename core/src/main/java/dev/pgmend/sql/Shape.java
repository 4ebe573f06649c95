package dev.pgmend.sql;

import dev.pgmend.sql.Token.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The form of a statement, written down as text of these elements, with blanks between them:
///
/// - `WORD` and punctuation stand for themselves
/// - `[a b|c]` one of these, or nothing; `{a|b c}` one of these
/// - `@x` a name, with or without dots; wherever `@x` stands again in an entry it must be the same; `@_` is any
/// - `()` parentheses with anything in them; `''` a string; `#` a number
/// - `~WORD` anything outside parentheses up to this word
/// - `...` the rest, in which commas, semicolons and AS are only within parentheses
/// - `***` the rest, whatever it is; the words after it are its end
final class Shape {
  private final List<Element> elements;
  private final String pattern;

  private sealed interface Element {}

  private record Atom(String text) implements Element {}

  /// `[…]` or `{…}`.
  private record Choice(List<List<Element>> options, boolean optional) implements Element {}

  Shape(String pattern) {
    this.pattern = pattern;
    String spaced = pattern.replaceAll("([\\[{|}\\]])", " $1 ").strip();
    List<String> parts = new ArrayList<>(List.of(spaced.split(" +")));
    this.elements = sequence(parts);
    if (!parts.isEmpty()) {
      throw new IllegalArgumentException("unbalanced shape: " + pattern);
    }
  }

  private static List<Element> sequence(List<String> parts) {
    List<Element> elements = new ArrayList<>();
    while (!parts.isEmpty() && !Set.of("|", "]", "}").contains(parts.getFirst())) {
      String part = parts.removeFirst();
      boolean choice = part.equals("[") || part.equals("{");
      elements.add(choice ? choice(part, parts) : new Atom(part));
    }
    return List.copyOf(elements);
  }

  private static Choice choice(String open, List<String> parts) {
    List<List<Element>> options = new ArrayList<>();
    String delimiter;
    do {
      options.add(sequence(parts));
      delimiter = parts.removeFirst();
    } while (delimiter.equals("|"));
    return new Choice(List.copyOf(options), open.equals("["));
  }

  /// {@return whether the statement has this form, given the names that earlier statements bound}
  /// If it has, the names that it binds are added.
  boolean matches(Statement statement, Map<String, List<String>> names) {
    Map<String, List<String>> bound = new HashMap<>(names);
    Match match = new Match(statement.cursor(), bound);
    boolean matches = match.all(elements) && match.cursor.atEnd();
    if (matches) {
      names.putAll(bound);
    }
    return matches;
  }

  @Override
  public String toString() {
    return pattern;
  }

  private record Match(Cursor cursor, Map<String, List<String>> names) {

    boolean all(List<Element> elements) {
      for (int i = 0; i < elements.size(); i++) {
        if (elements.get(i).equals(new Atom("***"))) {
          int tail = elements.size() - i - 1;
          if (cursor.remaining() < tail) {
            return false;
          }
          cursor.moveTo(cursor.position() + cursor.remaining() - tail);
        } else if (!one(elements.get(i))) {
          return false;
        }
      }
      return true;
    }

    private boolean one(Element element) {
      return switch (element) {
        case Choice(var options, var optional) -> anyOf(options) || optional;
        case Atom(var text) when cursor.atEnd() -> text.equals("...");
        case Atom(var text) -> atom(text);
      };
    }

    private boolean atom(String text) {
      return switch (text) {
        case "..." -> rest();
        case "()" -> group();
        case "''" -> cursor.next().kind() == Kind.STRING;
        case "#" -> cursor.next().kind() == Kind.NUMBER;
        case "-" -> cursor.next().value().equals("-");
        default ->
            text.startsWith("@")
                ? name(text)
                : text.startsWith("~")
                    ? cursor.skipTo(word(text.substring(1)))
                    : cursor.accept(word(text));
      };
    }

    private static String word(String text) {
      return text.toLowerCase(Locale.ROOT);
    }

    private boolean anyOf(List<List<Element>> options) {
      int start = cursor.position();
      for (List<Element> option : options) {
        if (all(option)) {
          return true;
        }
        cursor.moveTo(start);
      }
      return false;
    }

    private boolean name(String variable) {
      if (!cursor.peek().isName()) {
        return false;
      }
      List<String> parts = new ArrayList<>(List.of(cursor.next().value()));
      while (cursor.at(".")) {
        Token part = cursor.at(1);
        if (part == null || !(part.isName() || part.kind() == Kind.OPERATOR)) {
          return false;
        }
        cursor.next();
        parts.add(cursor.next().value());
      }
      if (variable.equals("@_")) {
        return true;
      }
      List<String> before = names.putIfAbsent(variable, parts);
      return before == null || isSuffix(before, parts) || isSuffix(parts, before);
    }

    /// The name of an index comes with and without its schema.
    private static boolean isSuffix(List<String> suffix, List<String> parts) {
      int more = parts.size() - suffix.size();
      return more >= 0 && parts.subList(more, parts.size()).equals(suffix);
    }

    private boolean group() {
      if (!cursor.at("(")) {
        return false;
      }
      cursor.skipGroup();
      return true;
    }

    private boolean rest() {
      return !cursor.skipTo(Set.of(",", ";", "as"));
    }
  }
}
