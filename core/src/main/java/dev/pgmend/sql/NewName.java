package dev.pgmend.sql;

import java.util.List;
import java.util.Set;

/// Gives a definition of a type, domain, routine, collation or sequence another name. Unlike [Relocation], it rewrites only the
/// name that is created, whatever else the definition mentions.
public final class NewName {
  private static final Set<String> BEFORE =
      Set.of("create", "or", "replace", "unlogged", "materialized");

  private NewName() {}

  /// {@return the first statement of the text, creating its object under the new name}
  /// @throws SqlSyntaxException if it does not begin `CREATE kind name`
  public static String give(String definition, QualifiedName to) {
    List<String> statements = Sql.split(definition);
    String text = statements.isEmpty() ? "" : statements.getFirst();
    List<Token> tokens = Lexer.tokens(text);
    int at = 0;
    while (at < tokens.size() && BEFORE.contains(tokens.get(at).value())) {
      at++;
    }
    // The kind is one word: TYPE, DOMAIN, FUNCTION, PROCEDURE, AGGREGATE, COLLATION, SEQUENCE,
    // VIEW.
    at++;
    if (at < 2 || at >= tokens.size() || !tokens.get(at).isName()) {
      throw new SqlSyntaxException("expected CREATE and a name", text, 0);
    }
    int last = at;
    if (at + 2 < tokens.size() && tokens.get(at + 1).is(".") && tokens.get(at + 2).isName()) {
      last = at + 2;
    }
    String renamed =
        text.substring(0, tokens.get(at).start())
            + to.sql()
            + text.substring(tokens.get(last).end());
    return tokens.get(1).isWord("type") ? multirange(renamed, to) : renamed;
  }

  /// A range type names the multirange type that is created with it.
  private static String multirange(String text, QualifiedName to) {
    List<Token> tokens = Lexer.tokens(text);
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (tokens.get(i).isWord("multirange_type_name")) {
        int last = i + 4 < tokens.size() && tokens.get(i + 3).is(".") ? i + 4 : i + 2;
        return text.substring(0, tokens.get(i + 2).start())
            + new QualifiedName(to.schema(), "multirange").sql()
            + text.substring(tokens.get(last).end());
      }
    }
    return text;
  }
}
