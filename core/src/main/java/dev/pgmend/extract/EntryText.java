package dev.pgmend.extract;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.EntrySql.CopyTarget;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The SQL of the entries that are taken, for standard strings: checked to be what their kinds allow, for others will run it.
final class EntryText {
  private final EntrySql sql;
  private final boolean standardStrings;
  private final Set<QualifiedName> tables;

  EntryText(Extraction extraction) {
    Archive archive = extraction.archive();
    this.standardStrings = archive.toc().standardConformingStrings();
    this.sql = new EntrySql(standardStrings);
    this.tables =
        extraction.tables().stream().map(Entries::name).collect(Collectors.toUnmodifiableSet());
  }

  /// {@return the definition with its last semicolon, "" for none}
  String definition(Entry entry) {
    if (entry.desc().equals("TABLE DATA")) {
      return "";
    }
    String text = sql.definition(entry);
    return text.isEmpty() || text.endsWith(";") ? text : text + ";";
  }

  /// {@return the statement that drops it, "" if it is something else}
  String drop(Entry entry) {
    String text = standardStrings ? entry.dropStmt() : Sql.standardStrings(entry.dropStmt());
    try {
      List<String> statements = Sql.split(text);
      if (statements.size() != 1) {
        return "";
      }
      List<Token> tokens = Lexer.tokens(statements.getFirst());
      boolean alters =
          tokens.getFirst().isWord("alter")
              && tokens.stream().anyMatch(token -> token.isWord("drop"));
      return tokens.getFirst().isWord("drop") || alters ? statements.getFirst() + ";\n" : "";
    } catch (SqlSyntaxException _) {
      return "";
    }
  }

  /// {@return the COPY statement of table data} Rows that were to be routed by a table that stays behind go into their own.
  String copy(Entry data) {
    CopyTarget target = EntrySql.copyTarget(data);
    QualifiedName into =
        tables.contains(target.table())
            ? target.table()
            : new QualifiedName(data.namespace(), data.tag());
    String columns =
        target.columns().isEmpty()
            ? " "
            : target.columns().stream().map(Sql::quote).collect(Collectors.joining(", ", "(", ")"));
    return "COPY %s %s FROM stdin;\n".formatted(into.sql(), columns);
  }
}
