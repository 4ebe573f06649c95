package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.NeedCopy;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.NewName;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.TableDefinition;
import dev.pgmend.sql.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds the types, routines, collations and sequences that a restore needs and does not bring, and writes the SQL that creates
/// the backup's definitions of them under other names. Pure; who runs it compares them with what the target has.
public final class NeedCopies {
  private static final Set<String> ROUTINES = Set.of("FUNCTION", "PROCEDURE", "AGGREGATE");
  private static final Set<String> FOLLOWED =
      Set.of(
          "TYPE",
          "DOMAIN",
          "FUNCTION",
          "PROCEDURE",
          "AGGREGATE",
          "COLLATION",
          "SEQUENCE",
          "OPERATOR");

  private final Toc toc;
  private final Closure closure;
  private final EntrySql sql;
  private final Set<Integer> inside = new HashSet<>();

  private NeedCopies(Toc toc, Closure closure) {
    this.toc = toc;
    this.closure = closure;
    this.sql = new EntrySql(toc.standardConformingStrings());
    for (List<Entry> part : List.of(closure.tables(), closure.belongings(), closure.dependents())) {
      part.forEach(entry -> inside.add(entry.dumpId()));
    }
  }

  /// {@return the copies to compare, each of them created in the scratch schema}
  public static List<NeedCopy> of(Toc toc, Closure closure, String scratch) {
    NeedCopies needs = new NeedCopies(toc, closure);
    Map<Integer, Entry> found = new LinkedHashMap<>(needs.reached(closure.needs(), FOLLOWED));
    needs.computing().forEach(entry -> found.putIfAbsent(entry.dumpId(), entry));
    List<NeedCopy> copies = new ArrayList<>();
    found.values().forEach(entry -> needs.copy(entry, scratch, copies));
    needs.rowTypes().forEach(entry -> needs.row(entry, scratch, copies));
    closure.dependents().forEach(entry -> described(entry, copies));
    return copies;
  }

  /// {@return copies of every type, routine, collation and sequence of the archive that can be compared}
  public static List<NeedCopy> all(Toc toc, Closure closure, String scratch) {
    NeedCopies needs = new NeedCopies(toc, closure);
    List<NeedCopy> copies = new ArrayList<>();
    for (Entry entry : toc.entries()) {
      boolean owned = closure.ownership().owner(entry).isPresent();
      if (FOLLOWED.contains(entry.desc()) && !owned) {
        needs.copy(entry, scratch, copies);
      }
    }
    return copies;
  }

  /// {@return the types that the tables' columns are of, directly or through another type}
  static Set<Integer> typesOfColumns(Toc toc, Closure closure) {
    NeedCopies needs = new NeedCopies(toc, closure);
    Set<Integer> types =
        new HashSet<>(needs.reached(closure.tables(), Set.of("TABLE", "TYPE", "DOMAIN")).keySet());
    needs.rowTypes().forEach(entry -> types.add(entry.dumpId()));
    return types;
  }

  /// {@return the routines that compute the tables' generated columns}
  static Set<Integer> computing(Toc toc, Closure closure) {
    Set<Integer> ids = new HashSet<>();
    new NeedCopies(toc, closure).computing().forEach(entry -> ids.add(entry.dumpId()));
    return ids;
  }

  /// {@return what is reached from the entries through those kinds; entries of other kinds and of the restore are not in it}
  private Map<Integer, Entry> reached(Collection<Entry> from, Set<String> kinds) {
    Map<Integer, Entry> found = new LinkedHashMap<>();
    Deque<Entry> queue = new ArrayDeque<>(from);
    Set<Integer> seen = new HashSet<>();
    while (!queue.isEmpty()) {
      Entry entry = queue.poll();
      if (!kinds.contains(entry.desc()) || !seen.add(entry.dumpId())) {
        continue;
      }
      if (!inside.contains(entry.dumpId())) {
        if (entry.desc().equals("TABLE")) {
          continue;
        }
        found.put(entry.dumpId(), entry);
      }
      entry.dependencies().forEach(id -> toc.find(id).ifPresent(queue::add));
    }
    return found;
  }

  /// A function's text is opaque to the catalog: every routine whose name is a word in it counts.
  private List<Entry> computing() {
    Set<String> words = new HashSet<>();
    for (Entry table : closure.tables()) {
      if (table.defn().contains("GENERATED ALWAYS AS (")) {
        for (ColumnDefinition column : sql.table(table).columns()) {
          if (column.generatedExpression() != null) {
            words.addAll(HiddenReads.words(column.generatedExpression()));
          }
        }
      }
    }
    List<Entry> found = new ArrayList<>();
    if (words.isEmpty()) {
      return found;
    }
    Map<String, List<Entry>> byName = new HashMap<>();
    for (Entry entry : toc.entries()) {
      if (ROUTINES.contains(entry.desc())) {
        byName.computeIfAbsent(HiddenReads.name(entry), _ -> new ArrayList<>()).add(entry);
      }
    }
    Set<Integer> seen = new HashSet<>();
    add(words, byName, seen, found);
    for (int i = 0; i < found.size(); i++) {
      add(HiddenReads.words(found.get(i).defn()), byName, seen, found);
    }
    return found;
  }

  private static void add(
      Set<String> words, Map<String, List<Entry>> byName, Set<Integer> seen, List<Entry> found) {
    for (Map.Entry<String, List<Entry>> named : byName.entrySet()) {
      if (words.contains(named.getKey())) {
        named.getValue().stream().filter(entry -> seen.add(entry.dumpId())).forEach(found::add);
      }
    }
  }

  /// {@return other tables whose row type is the type of a column}
  private List<Entry> rowTypes() {
    List<Entry> found = new ArrayList<>();
    for (Entry table : closure.tables()) {
      for (int id : table.dependencies()) {
        Entry need = toc.find(id).orElse(null);
        if (need != null
            && need.desc().equals("TABLE")
            && !inside.contains(id)
            && !found.contains(need)
            && sql.table(table).columns().stream()
                .anyMatch(column -> named(column.type(), Entries.name(need)))) {
          found.add(need);
        }
      }
    }
    return found;
  }

  private static boolean named(String type, QualifiedName name) {
    List<Token> tokens = Lexer.tokens(type);
    return tokens.size() >= 3
        && tokens.get(0).value().equals(name.schema())
        && tokens.get(1).is(".")
        && tokens.get(2).value().equals(name.name());
  }

  private void copy(Entry entry, String scratch, List<NeedCopy> copies) {
    Head head = Entries.head(entry).orElse(null);
    switch (entry.desc()) {
      case "DOMAIN" -> add(entry, NeedCopy.Kind.DOMAIN, scratch, copies);
      case "COLLATION" -> add(entry, NeedCopy.Kind.COLLATION, scratch, copies);
      case "SEQUENCE" -> {
        if (!Entries.isIdentity(entry)) {
          add(entry, NeedCopy.Kind.SEQUENCE, scratch, copies);
        }
      }
      case "TYPE" -> {
        String text = entry.defn();
        if (text.matches("(?s)\\s*CREATE TYPE .* AS ENUM \\(.*")) {
          add(entry, NeedCopy.Kind.ENUM, scratch, copies);
        } else if (text.matches("(?s)\\s*CREATE TYPE .* AS RANGE \\(.*")) {
          add(entry, NeedCopy.Kind.RANGE, scratch, copies);
        } else if (text.matches("(?s)\\s*CREATE TYPE .* AS \\(.*")) {
          add(entry, NeedCopy.Kind.COMPOSITE, scratch, copies);
        } else {
          // A base type needs its functions, and these need the type.
          QualifiedName name = Entries.name(entry);
          copies.add(new NeedCopy(entry.dumpId(), NeedCopy.Kind.COMPOSITE, name, "", name, ""));
        }
      }
      default -> {
        if (ROUTINES.contains(entry.desc()) && head instanceof Head.Routine routine) {
          String arguments = routine.arguments().replace(", ", ",").replace("*", "");
          copies.add(
              new NeedCopy(
                  entry.dumpId(),
                  NeedCopy.Kind.ROUTINE,
                  routine.name(),
                  arguments,
                  new QualifiedName(scratch, routine.name().name()),
                  renamed(entry, new QualifiedName(scratch, routine.name().name()))));
        }
      }
    }
  }

  /// A type that depends on the tables may have lost a part with them; it is only described.
  private static void described(Entry entry, List<NeedCopy> copies) {
    NeedCopy.Kind kind =
        switch (entry.desc()) {
          case "DOMAIN" -> NeedCopy.Kind.DOMAIN;
          case "TYPE" -> NeedCopy.Kind.COMPOSITE;
          default -> null;
        };
    if (kind != null) {
      QualifiedName name = Entries.name(entry);
      copies.add(new NeedCopy(entry.dumpId(), kind, name, "", name, ""));
    }
  }

  private void add(Entry entry, NeedCopy.Kind kind, String scratch, List<NeedCopy> copies) {
    QualifiedName copy = new QualifiedName(scratch, entry.tag());
    copies.add(
        new NeedCopy(entry.dumpId(), kind, Entries.name(entry), "", copy, renamed(entry, copy)));
  }

  private String renamed(Entry entry, QualifiedName copy) {
    try {
      return NewName.give(sql.definition(entry), copy);
    } catch (SqlSyntaxException e) {
      return "";
    }
  }

  private void row(Entry entry, String scratch, List<NeedCopy> copies) {
    TableDefinition definition = sql.table(entry);
    if (!definition.inherits().isEmpty() || definition.ofType() != null) {
      return;
    }
    QualifiedName copy = new QualifiedName(scratch, entry.tag());
    List<String> attributes =
        definition.columns().stream()
            .map(column ->
                Sql.quote(column.name())
                    + " "
                    + column.type()
                    + (column.collation() == null ? "" : " COLLATE " + column.collation()))
            .toList();
    copies.add(
        new NeedCopy(
            entry.dumpId(),
            NeedCopy.Kind.ROW,
            Entries.name(entry),
            "",
            copy,
            "CREATE TYPE %s AS (%s)".formatted(copy.sql(), String.join(", ", attributes))));
  }
}
