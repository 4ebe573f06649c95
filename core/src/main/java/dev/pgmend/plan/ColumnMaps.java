package dev.pgmend.plan;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableDefinition;
import dev.pgmend.sql.Token;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The column maps of all tables that are there.
final class ColumnMaps {
  private final Draft draft;
  private final EntrySql sql;
  private final Map<QualifiedName, Entry> definitions = new HashMap<>();
  private final Map<QualifiedName, ColumnMap> maps = new LinkedHashMap<>();
  private final Map<QualifiedName, ColumnMap> others = new HashMap<>();
  private final Set<ColumnPolicy.Rename> used = new HashSet<>();

  /// @param all the entries of the archive
  /// @param tables those of the tables that are there
  /// @throws PgmendException of kind USAGE if the user maps columns that are not there, or one twice
  ColumnMaps(Draft draft, EntrySql sql, Collection<Entry> all, List<Entry> tables) {
    this.draft = draft;
    this.sql = sql;
    for (Entry entry : all) {
      if (entry.desc().equals("TABLE")) {
        definitions.put(Entries.name(entry), entry);
      }
    }
    for (Entry table : tables) {
      draft
          .target
          .relation(Entries.name(table))
          .ifPresent(live -> maps.put(live.name(), map(table, live)));
    }
    for (ColumnPolicy.Rename rename : draft.request.columns().renames()) {
      if (!used.contains(rename)) {
        throw usage(rename, "the backup has no such column in %s".formatted(asked(rename)));
      }
    }
  }

  private String asked(ColumnPolicy.Rename rename) {
    return rename
        .table()
        .map(QualifiedName::toString)
        .orElseGet(
            () -> String.join(", ", maps.keySet().stream().map(QualifiedName::toString).toList()));
  }

  private static PgmendException usage(ColumnPolicy.Rename rename, String why) {
    return new PgmendException(
        Kind.USAGE,
        "--map %s=%s: %s".formatted(Sql.quote(rename.from()), Sql.quote(rename.to()), why));
  }

  /// {@return the map of a table that is there}
  ColumnMap of(QualifiedName table) {
    ColumnMap map = maps.getOrDefault(table, others.get(table));
    if (map == null) {
      throw new IllegalArgumentException("not a table that is there: " + table);
    }
    return map;
  }

  /// {@return the map of a table that is not restored itself, from now on known}
  ColumnMap also(Entry table, Relation live) {
    return others.computeIfAbsent(live.name(), _ -> map(table, live));
  }

  Collection<ColumnMap> all() {
    return maps.values();
  }

  private ColumnMap map(Entry table, Relation live) {
    Map<String, String> types = new LinkedHashMap<>();
    List<String> copied =
        draft
            .closure
            .data(table)
            .filter(data -> data.copyStmt() != null)
            .map(data -> EntrySql.copyTarget(data).columns())
            .orElse(List.of());
    Map<String, String> defined = new LinkedHashMap<>();
    define(live.name(), defined, new HashSet<>());
    copied.forEach(column -> types.put(column, defined.getOrDefault(column, "")));
    types.putAll(defined);
    Map<String, String> names = names(live, types.keySet());
    TableDefinition definition = sql.table(table);
    boolean told = !copied.isEmpty() || definition.ofType() == null && !types.isEmpty();
    return new ColumnMap(
        live,
        names,
        types,
        types.keySet().stream().filter(column -> !names.containsKey(column)).toList(),
        told
            ? live.columns().stream()
                .filter(column -> column.generated() == 0 && !names.containsValue(column.name()))
                .toList()
            : List.of());
  }

  /// The columns of a table with those that it inherits.
  private void define(QualifiedName table, Map<String, String> types, Set<QualifiedName> seen) {
    Entry entry = definitions.get(table);
    if (entry == null || !seen.add(table)) {
      return;
    }
    TableDefinition definition = sql.table(entry);
    definition.inherits().forEach(parent -> define(parent, types, seen));
    for (ColumnDefinition column : definition.columns()) {
      types.put(column.name(), column.type());
    }
  }

  private Map<String, String> names(Relation live, Set<String> backup) {
    Map<String, String> renamed = new HashMap<>();
    for (ColumnPolicy.Rename rename : draft.request.columns().renames()) {
      boolean meant =
          rename.table().isEmpty()
              || rename.table().get().equals(live.name())
              || ancestors(live.name()).contains(rename.table().get());
      if (!meant || !backup.contains(rename.from())) {
        continue;
      }
      used.add(rename);
      if (live.column(rename.to()).isEmpty()) {
        throw usage(rename, "%s has no column %s".formatted(live.name(), Sql.quote(rename.to())));
      }
      if (renamed.containsKey(rename.from())) {
        throw usage(rename, "column %s is mapped twice".formatted(Sql.quote(rename.from())));
      }
      if (renamed.containsValue(rename.to())) {
        throw usage(
            rename, "another column is mapped to %s, too".formatted(Sql.quote(rename.to())));
      }
      renamed.put(rename.from(), rename.to());
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (String column : backup) {
      String name = renamed.getOrDefault(column, column);
      // What another column is called today is not this one.
      boolean taken = !renamed.containsKey(column) && renamed.containsValue(name);
      if (!taken && live.column(name).isPresent()) {
        names.put(column, name);
      }
    }
    return names;
  }

  private Set<QualifiedName> ancestors(QualifiedName table) {
    Set<QualifiedName> found = new LinkedHashSet<>();
    List<QualifiedName> queue = new ArrayList<>(List.of(table));
    for (int i = 0; i < queue.size(); i++) {
      for (Snapshot.Inheritance link : draft.target.parents(queue.get(i))) {
        if (found.add(link.parent())) {
          queue.add(link.parent());
        }
      }
    }
    return found;
  }

  /// Refuses what the user has not accepted, and what cannot be.
  ///
  /// @return whether there is any such thing
  boolean refuse() {
    int before = draft.refusals.size();
    for (ColumnMap map : maps.values()) {
      if (!draft.request.columns().drop()) {
        map.dropped()
            .forEach(column ->
                draft.refuse(
                    "drift",
                    "column %s of %s is not in the live table"
                        .formatted(Sql.quote(column), map.table()),
                    lostRowType(map, column)
                        .map(type -> withItsType(map, type))
                        .orElseGet(() ->
                            map.remedy(
                                column, "--mode swap replaces the table by the backup's."))));
      }
      for (Relation.Column column : map.added()) {
        if (valueless(column)) {
          draft.refuse(
              "drift",
              "column %s of %s is not in the backup, is NOT NULL and has no default: rows that come back would have no value for it"
                  .formatted(Sql.quote(column.name()), map.table()),
              "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT …; or --mode swap, which replaces the table by the backup's."
                  .formatted(map.table().sql(), Sql.quote(column.name())));
        }
      }
    }
    return draft.refusals.size() > before;
  }

  /// {@return the table whose row type the column had in the backup, if that table is gone and the column fell with it}
  private Optional<QualifiedName> lostRowType(ColumnMap map, String column) {
    return Optional.of(LostColumns.rowType(map.types().getOrDefault(column, "")))
        .filter(type -> definitions.containsKey(type) && draft.target.relation(type).isEmpty());
  }

  private String withItsType(ColumnMap map, QualifiedName type) {
    List<QualifiedName> tables = new ArrayList<>(draft.request.tables());
    tables.add(type);
    return "It fell with its type, the rows of %s. Restore both in one command, which replaces %s by the backup's, rows included: %s"
        .formatted(type, map.table(), Commands.swap(draft.request, tables));
  }

  /// {@return what to type to have the tables mended, as a sentence without its end}
  ///
  /// @param obstacles why they cannot be
  String instead(List<String> obstacles) {
    QualifiedName first = maps.keySet().stream().findFirst().orElse(null);
    if (first != null && !obstacles.isEmpty()) {
      return "It cannot be mended either (%s): restore it beside, with --remap-table '%s=%s_backup'"
          .formatted(obstacles.getFirst(), first.sql(), first.name());
    }
    for (ColumnMap map : maps.values()) {
      for (Relation.Column column : map.added()) {
        if (valueless(column)) {
          return "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT …; and then use --mode mend"
              .formatted(map.table().sql(), Sql.quote(column.name()));
        }
      }
    }
    return maps.values().stream().anyMatch(map -> !map.dropped().isEmpty())
            && !draft.request.columns().drop()
        ? "Use --mode mend --drop-columns"
        : "Use --mode mend";
  }

  private static boolean valueless(Relation.Column column) {
    return column.notNull() && column.identity() == 0 && column.defaultExpression().isEmpty();
  }

  /// {@return whether SQL names any of these columns: it cannot be run where they are gone}
  static boolean names(String text, Collection<String> columns) {
    return !columns.isEmpty()
        && Lexer.tokens(text).stream()
            .filter(Token::isName)
            .anyMatch(token -> columns.contains(token.value()));
  }

  /// {@return the same comparison of definitions, by the columns' names and types of today}
  CheckStep.CompareStructure adapted(CheckStep.CompareStructure compare) {
    List<String> statements = new ArrayList<>();
    Set<String> tolerated = new HashSet<>();
    for (ColumnMap map : maps.values()) {
      QualifiedName copy = compare.tables().get(map.table());
      if (copy == null || map.same()) {
        continue;
      }
      map.added()
          .forEach(column -> {
            for (String what : ABOUT_A_COLUMN) {
              // As quote_ident() would write it, which quotes key words, too.
              tolerated.add(CheckStep.CompareStructure.part(map.table(), what + column.name()));
              tolerated.add(
                  CheckStep.CompareStructure.part(map.table(), what + Sql.quote(column.name())));
            }
          });
      // What a parent has is changed in its children with it.
      if (ancestors(map.table()).stream().anyMatch(maps::containsKey)) {
        continue;
      }
      String head = "ALTER TABLE %s ".formatted(copy.sql());
      map.dropped().forEach(column -> statements.add(head + "DROP COLUMN " + Sql.quote(column)));
      map.renamed()
          .forEach((from, to) ->
              statements.add(
                  head + "RENAME COLUMN %s TO %s".formatted(Sql.quote(from), Sql.quote(to))));
      map.retyped()
          .forEach((from, column) ->
              statements.add(
                  head
                      + "ALTER COLUMN %s TYPE %s USING NULL"
                          .formatted(Sql.quote(column.name()), column.type())));
      for (Relation.Column column : map.added()) {
        statements.add(
            head + "ADD COLUMN %s %s".formatted(Sql.quote(column.name()), column.type()));
      }
    }
    return statements.isEmpty() && tolerated.isEmpty()
        ? compare
        : compare.adapted(statements, tolerated);
  }

  private static final List<String> ABOUT_A_COLUMN =
      List.of(
          "column ",
          "expression of column ",
          "comment on column ",
          "grants on column ",
          "sequence of column ");
}
