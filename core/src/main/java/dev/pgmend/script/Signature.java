package dev.pgmend.script;

import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.List;

/// The arguments of routines and operators, as they have to be written to name one.
final class Signature {
  private Signature() {}

  /// {@return the text between two positions, which is `s.f(arguments)`, with the defaults cut out: the form in which the server
  /// identifies a routine}
  static String withoutDefaults(Tokens tokens, int from, int to) {
    List<Token> all = tokens.all();
    int open = from;
    while (!all.get(open).is("(")) {
      open++;
    }
    List<String> arguments = new ArrayList<>();
    int start = open + 1;
    int cut = -1;
    int depth = 0;
    for (int i = start; i < to; i++) {
      Token token = all.get(i);
      if (depth == 0 && (token.is(",") || i == to - 1)) {
        arguments.add(tokens.text(start, cut < 0 ? i : cut));
        start = i + 1;
        cut = -1;
      } else if (depth == 0 && cut < 0 && (token.isWord("default") || token.value().equals("="))) {
        cut = i;
      }
      depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
    }
    return tokens.text(from, open) + "(" + String.join(", ", arguments) + ")";
  }

  /// {@return how many arguments stand in the next parentheses, OUT arguments left out}
  static int count(Tokens tokens, int from) {
    List<Token> all = tokens.all();
    int at = from;
    while (!all.get(at).is("(")) {
      at++;
    }
    int depth = 0;
    int count = 0;
    boolean fresh = true;
    do {
      Token token = all.get(at++);
      depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
      if (depth == 1 && (token.is(",") || token.is("("))) {
        fresh = true;
      } else if (fresh && depth > 0) {
        count += token.isWord("out") ? 0 : 1;
        fresh = false;
      }
    } while (depth > 0);
    return count;
  }

  /// {@return the value of an option in the parentheses after the current position, NONE if it is not there}
  static String option(Tokens tokens, String name) {
    List<Token> all = tokens.all();
    for (int i = tokens.position(); i + 2 < all.size(); i++) {
      if (all.get(i).isWord(name) && all.get(i + 1).value().equals("=")) {
        int depth = 0;
        int end = i + 2;
        while (end < all.size()) {
          Token token = all.get(end);
          depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
          if (depth < 0 || (depth == 0 && token.is(","))) {
            break;
          }
          end++;
        }
        return tokens.text(i + 2, end);
      }
    }
    return "NONE";
  }
}
