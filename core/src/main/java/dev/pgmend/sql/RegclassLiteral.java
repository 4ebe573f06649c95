package dev.pgmend.sql;

import dev.pgmend.sql.Token.Kind;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Recognises strings that name a relation because they are cast to regclass.
final class RegclassLiteral {
  private RegclassLiteral() {}

  /// {@return whether the token there is the string of `'s.n'::regclass`}
  static boolean at(IntFunction<@Nullable Token> tokens, int index) {
    return isString(tokens.apply(index)) && isCast(tokens, index + 1, List.of("regclass"));
  }

  /// As [#at], but also where the name is resolved only when used, `('s.n'::text)::regclass`, or stands for the relation's row
  /// type, `'s.n'::regtype`.
  static boolean loosely(IntFunction<@Nullable Token> tokens, int index) {
    if (!isString(tokens.apply(index))) {
      return false;
    }
    List<String> types = List.of("regclass", "regtype");
    Token close = tokens.apply(index + 3);
    return isCast(tokens, index + 1, types)
        || (isCast(tokens, index + 1, List.of("text"))
            && close != null
            && close.is(")")
            && isCast(tokens, index + 4, types));
  }

  private static boolean isString(@Nullable Token token) {
    return token != null && token.kind() == Kind.STRING;
  }

  private static boolean isCast(
      IntFunction<@Nullable Token> tokens, int index, List<String> types) {
    Token cast = tokens.apply(index);
    Token type = tokens.apply(index + 1);
    if (cast == null || !cast.is("::") || type == null) {
      return false;
    }
    Token dot = tokens.apply(index + 2);
    Token qualified = tokens.apply(index + 3);
    if (type.isWord("pg_catalog") && dot != null && dot.is(".") && qualified != null) {
      type = qualified;
    }
    return type.kind() == Kind.IDENTIFIER && types.contains(type.value());
  }
}
