package dev.pgmend.rows;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which columns alone tell the rows of a table apart: primary keys, unique constraints and unique indexes of one column,
/// without a predicate, under the column's own idea of what is equal.
final class UniqueKeys {
  private UniqueKeys() {}

  /// {@return their names; a key that is not of the plainest form is left out}
  static Set<String> of(Entry table, Ownership ownership) {
    Set<String> keys = new HashSet<>();
    for (Entry entry : ownership.belongings(table)) {
      if (entry.desc().equals("CONSTRAINT") || entry.desc().equals("INDEX")) {
        try {
          add(Lexer.tokens(entry.defn()), keys);
        } catch (SqlSyntaxException _) {
          // What cannot be read is no key to rely on.
        }
      }
    }
    return keys;
  }

  private static void add(List<Token> tokens, Set<String> keys) {
    boolean index = tokens.size() > 2 && tokens.get(1).isWord("unique");
    for (int at = 0; at + 3 < tokens.size(); at++) {
      boolean start =
          index
              ? tokens.get(at).isWord("using") && tokens.get(++at).isWord("btree")
              : tokens.get(at).isWord("unique")
                  || (tokens.get(at).isWord("key") && tokens.get(at - 1).isWord("primary"));
      if (!start) {
        continue;
      }
      int open = at + 1;
      if (tokens.get(open).isWord("nulls")) {
        while (open < tokens.size() && !tokens.get(open).is("(")) {
          open++;
        }
      }
      boolean single =
          open + 2 < tokens.size()
              && tokens.get(open).is("(")
              && tokens.get(open + 1).isName()
              && tokens.get(open + 2).is(")");
      boolean partial = tokens.stream().skip(open).anyMatch(token -> token.isWord("where"));
      if (single && !partial) {
        keys.add(tokens.get(open + 1).value());
      }
      return;
    }
  }
}
