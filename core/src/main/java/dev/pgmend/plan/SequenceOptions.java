package dev.pgmend.plan;

import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.Token;
import java.util.List;
import java.util.Locale;

/// What a sequence is set to, its position aside, with every default spelled out: two sequences that work the same are equal.
///
/// @param type smallint, integer or bigint
/// @param unlogged whether it is emptied by a crash of the server, since PostgreSQL 15
record SequenceOptions(
    String type,
    long start,
    long increment,
    long min,
    long max,
    long cache,
    boolean cycle,
    boolean unlogged) {

  /// Reads pg_dump's `CREATE SEQUENCE s AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1`, and the server's own
  /// description, which is written likewise.
  static SequenceOptions parse(String definition) {
    List<Token> tokens = Lexer.tokens(definition);
    String type = "bigint";
    long increment = 1;
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).isWord("as")) {
        type = tokens.get(i + 1).value().toLowerCase(Locale.ROOT);
      } else if (tokens.get(i).isWord("increment")) {
        increment = number(tokens, i + 1, 1);
      }
    }
    long bound =
        switch (type) {
          case "smallint" -> Short.MAX_VALUE;
          case "integer" -> Integer.MAX_VALUE;
          default -> Long.MAX_VALUE;
        };
    long min = increment > 0 ? 1 : -bound - 1;
    long max = increment > 0 ? bound : -1;
    long cache = 1;
    boolean cycle = false;
    long start = Long.MIN_VALUE;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean not = i > 0 && tokens.get(i - 1).isWord("no");
      if (token.isWord("minvalue") && !not) {
        min = number(tokens, i + 1, min);
      } else if (token.isWord("maxvalue") && !not) {
        max = number(tokens, i + 1, max);
      } else if (token.isWord("cache")) {
        cache = number(tokens, i + 1, cache);
      } else if (token.isWord("cycle")) {
        cycle = !not;
      } else if (token.isWord("start")) {
        start = number(tokens, i + 1, start);
      }
    }
    return new SequenceOptions(
        type,
        start == Long.MIN_VALUE ? increment > 0 ? min : max : start,
        increment,
        min,
        max,
        cache,
        cycle,
        tokens.stream().anyMatch(token -> token.isWord("unlogged")));
  }

  /// The number at a position, after BY or WITH; a minus sign is a token of its own.
  private static long number(List<Token> tokens, int at, long otherwise) {
    StringBuilder text = new StringBuilder();
    for (int i = at; i < tokens.size() && i < at + 3; i++) {
      Token token = tokens.get(i);
      if (token.isWord("by") || token.isWord("with")) {
        continue;
      }
      text.append(token.value());
      if (!token.value().equals("-")) {
        break;
      }
    }
    return text.isEmpty() ? otherwise : Long.parseLong(text.toString());
  }

  String persistence() {
    return unlogged ? "UNLOGGED" : "LOGGED";
  }

  /// {@return the options as ALTER SEQUENCE takes them}
  String clause() {
    return "AS %s START WITH %d INCREMENT BY %d MINVALUE %d MAXVALUE %d CACHE %d %s"
        .formatted(type, start, increment, min, max, cache, cycle ? "CYCLE" : "NO CYCLE");
  }
}
