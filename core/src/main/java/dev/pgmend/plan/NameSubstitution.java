package dev.pgmend.plan;

import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Token;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Replaces qualified relation names in a query that PostgreSQL has deparsed under an empty search_path, where every relation is
/// written with its schema and every column with its relation's bare alias.
final class NameSubstitution {
  private NameSubstitution() {}

  /// {@return every two-part name in the text}
  static Set<QualifiedName> names(String text) {
    Set<QualifiedName> names = new HashSet<>();
    List<Token> tokens = Lexer.tokens(text);
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (isName(tokens, i)) {
        names.add(new QualifiedName(tokens.get(i).value(), tokens.get(i + 2).value()));
      }
    }
    return names;
  }

  /// {@return the text with the names replaced}
  static String apply(String text, Map<QualifiedName, QualifiedName> names) {
    StringBuilder result = new StringBuilder();
    int copied = 0;
    List<Token> tokens = Lexer.tokens(text);
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (!isName(tokens, i)) {
        continue;
      }
      QualifiedName to =
          names.get(new QualifiedName(tokens.get(i).value(), tokens.get(i + 2).value()));
      if (to != null) {
        result.append(text, copied, tokens.get(i).start()).append(to.sql());
        copied = tokens.get(i + 2).end();
        i += 2;
      }
    }
    return result.append(text, copied, text.length()).toString();
  }

  private static boolean isName(List<Token> tokens, int i) {
    return tokens.get(i).isName()
        && tokens.get(i + 1).is(".")
        && tokens.get(i + 2).isName()
        && (i == 0 || !tokens.get(i - 1).is("."));
  }
}
