package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which columns were a key in the backup: those of its primary keys, unique constraints and plain unique indexes.
final class BackupKeys {
  private BackupKeys() {}

  /// {@return whether no two rows of the backup can have the same values in these columns}
  static boolean has(List<Entry> belongings, Set<String> columns) {
    return belongings.stream()
        .filter(entry -> entry.desc().equals("CONSTRAINT") || entry.desc().equals("INDEX"))
        .anyMatch(entry -> columns.equals(columns(entry)));
  }

  /// {@return the columns of a key, none if it is not of the plainest form}
  private static Set<String> columns(Entry entry) {
    List<Token> tokens;
    try {
      tokens = Lexer.tokens(entry.defn());
    } catch (SqlSyntaxException _) {
      return Set.of(); // what cannot be read is no key to rely on
    }
    boolean index = entry.desc().equals("INDEX");
    if (index
        && (!tokens.get(1).isWord("unique")
            || tokens.stream().anyMatch(token -> token.isWord("where")))) {
      return Set.of();
    }
    for (int at = 1; at + 1 < tokens.size(); at++) {
      boolean start =
          index
              ? tokens.get(at).isWord("btree")
              : tokens.get(at).isWord("unique")
                  || (tokens.get(at).isWord("key") && tokens.get(at - 1).isWord("primary"));
      if (start && tokens.get(at + 1).is("(")) {
        return names(tokens.subList(at + 2, tokens.size()));
      }
    }
    return Set.of();
  }

  private static Set<String> names(List<Token> tokens) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i + 1 < tokens.size(); i += 2) {
      if (!tokens.get(i).isName()) {
        return Set.of();
      }
      names.add(tokens.get(i).value());
      if (tokens.get(i + 1).is(")")) {
        return names;
      }
      if (!tokens.get(i + 1).is(",")) {
        return Set.of();
      }
    }
    return Set.of();
  }
}
