package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.plan.FillStep.Refresh.Read;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Who may read what the query of a materialized view names, when the restore has brought it.
final class Readers {
  private static final Set<String> RELATIONS =
      Set.of("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW");

  private final Draft draft;

  Readers(Draft draft) {
    this.draft = draft;
  }

  /// {@return the relations that the view reads, without those of which grants on columns make it hard to tell}
  ///
  /// @param rows the entry for the view's rows
  List<Read> of(Entry rows) {
    Optional<Entry> view = draft.closure.ownership().owner(rows);
    if (view.isEmpty()) {
      return List.of();
    }
    return Stream.of(draft.closure.tables(), draft.closure.dependents(), draft.closure.needs())
        .flatMap(List::stream)
        .filter(entry ->
            RELATIONS.contains(entry.desc()) && view.get().dependencies().contains(entry.dumpId()))
        .distinct()
        .flatMap(entry -> read(entry).stream())
        .toList();
  }

  private Optional<Read> read(Entry entry) {
    QualifiedName name = Entries.name(entry);
    if (!draft.created.contains(entry.dumpId())) {
      return Optional.of(new Read(name, false, List.of()));
    }
    List<String> readers = new ArrayList<>();
    readers.add(draft.owner(entry));
    for (Entry acl : draft.closure.ownership().belongings(entry)) {
      if (!acl.desc().equals("ACL") || draft.request.noAcl()) {
        continue;
      }
      if (acl.tag().startsWith("COLUMN ") || Owners.curtails(acl)) {
        return Optional.empty();
      }
      EntrySql.grants(acl.defn()).stream()
          .filter(Readers::letsRead)
          .forEach(grant -> {
            readers.addAll(EntrySql.roles(grant));
            if (Lexer.tokens(grant).stream().anyMatch(token -> token.isWord("public"))) {
              readers.add("public");
            }
          });
    }
    return Optional.of(new Read(name, true, readers));
  }

  private static boolean letsRead(String statement) {
    List<Token> tokens = Lexer.tokens(statement);
    return tokens.getFirst().isWord("grant")
        && tokens.stream()
            .takeWhile(token -> !token.isWord("on"))
            .anyMatch(token -> token.isWord("select") || token.isWord("all"));
  }
}
