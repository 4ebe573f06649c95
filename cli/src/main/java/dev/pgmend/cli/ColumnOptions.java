package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.restore.TableNames;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;

/// Reads `--map [schema.][table.]old=new`.
final class ColumnOptions {
  @Option(
      names = "--map",
      paramLabel = "[TABLE.]OLD=NEW",
      description =
          "A column that was renamed since the backup; quoted as in SQL, with its table if there are several.")
  private List<String> maps = new ArrayList<>();

  /// {@return the renamings that are meant, names being folded to lower case unless they are quoted}
  /// @throws PgmendException of kind USAGE if one is none, or leaves open which table is meant
  List<ColumnPolicy.Rename> renamed(TableNames tables, Set<QualifiedName> wanted) {
    return maps.stream().map(text -> rename(text, tables, wanted)).toList();
  }

  private static ColumnPolicy.Rename rename(
      String text, TableNames tables, Set<QualifiedName> wanted) {
    List<Token> tokens = tokens(text);
    List<String> names = new ArrayList<>();
    String to = "";
    boolean shape = tokens.size() >= 3 && tokens.size() % 2 == 1;
    for (int i = 0; shape && i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean last = i == tokens.size() - 2;
      if (i % 2 == 1) {
        shape = last ? token.value().equals("=") : token.is(".");
      } else {
        shape = token.isName();
        if (i == tokens.size() - 1) {
          to = token.value();
        } else {
          names.add(token.value());
        }
      }
    }
    if (!shape || names.size() > 3) {
      throw wrong(text, null);
    }
    String from = names.removeLast();
    if (names.isEmpty() && wanted.size() > 1) {
      throw new PgmendException(
          Kind.USAGE,
          "--map %s does not say which of the %d tables is meant".formatted(text, wanted.size()),
          "Write --map TABLE.OLD=NEW.");
    }
    Optional<QualifiedName> table = Optional.empty();
    if (!names.isEmpty()) {
      String name = text.substring(0, tokens.get(names.size() * 2 - 1).start());
      QualifiedName found = tables.find(name);
      if (!wanted.contains(found)) {
        throw new PgmendException(
            Kind.USAGE, "--map %s is about %s, which is not restored".formatted(text, found));
      }
      table = Optional.of(found);
    }
    return new ColumnPolicy.Rename(table, from, to);
  }

  private static List<Token> tokens(String text) {
    try {
      return Lexer.tokens(text);
    } catch (SqlSyntaxException e) {
      throw wrong(text, e);
    }
  }

  private static PgmendException wrong(
      String text, @org.jspecify.annotations.Nullable Exception cause) {
    return new PgmendException(
        Kind.USAGE,
        "--map %s does not name a column and what it is called today".formatted(text),
        "Write OLD=NEW or TABLE.OLD=NEW; names with other characters than letters and digits go in double quotes, as in SQL.",
        cause);
  }
}
