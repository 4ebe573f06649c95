package dev.pgmend.rows;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.rows.TableSource.Column;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What has to exist before columns of a table can be created and a predicate can be read: extensions, and the types, collations
/// and functions that are named, with what they need themselves.
///
/// Everything is tried and nothing insisted on: whether something that failed was needed shows when the column or the predicate
/// fails in turn.
final class ScratchNeeds {
  private static final Set<String> NAMED = Set.of("TYPE", "DOMAIN", "COLLATION", "TABLE", "VIEW");
  private static final Set<String> ROUTINES = Set.of("FUNCTION", "AGGREGATE");

  private final Archive archive;
  private final Session session;
  private final EntrySql sql;
  private final QualifiedName table;
  private final Set<String> schemas = new LinkedHashSet<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  ScratchNeeds(Archive archive, Session session, QualifiedName table) {
    this.archive = archive;
    this.session = session;
    this.sql = new EntrySql(archive.toc().standardConformingStrings());
    this.table = table;
  }

  /// Creates what the columns and the predicate name.
  void create(Collection<Column> columns, Predicate predicate) {
    Set<QualifiedName> names = new LinkedHashSet<>(Lexer.qualifiedNames(predicate.sql()));
    for (Token token : predicate.tokens()) {
      if (token.isName()) {
        names.add(new QualifiedName(table.schema(), token.value()));
        names.add(new QualifiedName("public", token.value()));
      }
    }
    create(columns, names);
  }

  /// Creates what the columns name, and what else is named.
  void create(Collection<Column> columns, Set<QualifiedName> others) {
    schema(table.schema());
    for (Entry extension : archive.toc().entries()) {
      if (extension.desc().equals("EXTENSION") && !extension.tag().equals("plpgsql")) {
        extension(extension);
      }
    }
    Set<QualifiedName> names = new LinkedHashSet<>();
    for (Column column : columns) {
      names.addAll(Lexer.qualifiedNames(column.type()));
      if (column.collation() != null) {
        names.addAll(Lexer.qualifiedNames(column.collation()));
      }
    }
    names.addAll(others);
    for (Entry entry : withNeeds(named(names))) {
      schema(entry.namespace());
      attempt(
          "%s %s".formatted(entry.desc().toLowerCase(Locale.ROOT), Entries.name(entry)),
          () -> session.execute(sql.definition(entry)));
    }
  }

  /// {@return the schemas that exist now, the table's first}
  Collection<String> schemas() {
    return schemas;
  }

  /// {@return what could not be created and why, in the order it was tried}
  Map<String, String> failures() {
    return failures;
  }

  private void extension(Entry entry) {
    List<Token> tokens = Lexer.tokens(entry.defn());
    for (int i = 0; i + 1 < tokens.size(); i++) {
      if (tokens.get(i).isWord("schema") && tokens.get(i + 1).isName()) {
        schema(tokens.get(i + 1).value());
      }
    }
    attempt(
        "extension %s".formatted(Sql.quote(entry.tag())),
        () -> session.execute(sql.definition(entry)));
  }

  private void schema(String name) {
    if (!name.isEmpty() && !name.startsWith("pg_") && schemas.add(name)) {
      attempt(
          "schema %s".formatted(Sql.quote(name)),
          () -> session.execute("CREATE SCHEMA IF NOT EXISTS " + Sql.quote(name)));
    }
  }

  private void attempt(String what, Runnable creation) {
    try {
      creation.run();
    } catch (SqlFailure e) {
      if (e.kind() != Kind.TARGET) {
        throw e;
      }
      failures.put(what, e.serverMessage());
    } catch (SqlSyntaxException e) {
      failures.put(what, String.valueOf(e.getMessage()));
    }
  }

  private List<Entry> named(Set<QualifiedName> names) {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : archive.toc().entries()) {
      boolean routine = ROUTINES.contains(entry.desc());
      if (routine || NAMED.contains(entry.desc())) {
        String name = routine ? routineName(entry) : entry.tag();
        if (names.contains(new QualifiedName(entry.namespace(), name))) {
          found.add(entry);
        }
      }
    }
    return found;
  }

  /// The tag of a routine is its signature, `f(integer)`, with the name quoted where it has to be.
  private static String routineName(Entry entry) {
    try {
      List<Token> tokens = Lexer.tokens(entry.tag());
      return tokens.isEmpty() || !tokens.getFirst().isName() ? "" : tokens.getFirst().value();
    } catch (SqlSyntaxException e) {
      return "";
    }
  }

  private List<Entry> withNeeds(List<Entry> entries) {
    Map<Integer, Entry> all = new HashMap<>();
    Deque<Entry> queue = new ArrayDeque<>(entries);
    while (!queue.isEmpty()) {
      Entry entry = queue.poll();
      boolean own = entry.desc().equals("TABLE") && Entries.name(entry).equals(table);
      boolean elsewhere = entry.desc().equals("SCHEMA") || entry.desc().equals("EXTENSION");
      if (!own
          && !elsewhere
          && !ClosureBuilder.isLeaf(entry)
          && all.putIfAbsent(entry.dumpId(), entry) == null) {
        entry.dependencies().forEach(id -> archive.toc().find(id).ifPresent(queue::add));
      }
    }
    Map<Integer, Integer> position = new HashMap<>();
    archive.toc().entries().forEach(entry -> position.put(entry.dumpId(), position.size()));
    List<Entry> sorted = new ArrayList<>(all.values());
    sorted.sort(Entries.restoreOrder(position));
    return sorted;
  }
}
