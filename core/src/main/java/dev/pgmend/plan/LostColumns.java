package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Brings back columns of other tables that were of a dropped table's row type and fell with it, and their values: from the
/// backup's rows of that other table, row by row of its key. Where the column would not stand where it stood, or a row cannot be
/// told, the plan refuses.
final class LostColumns {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Map<Integer, Entry> all;
  private final Set<QualifiedName> types = new HashSet<>();
  private final List<Step> defaults = new ArrayList<>();
  private int number;

  /// @param created the tables that are created, whose row types come back
  LostColumns(
      Draft draft,
      EntrySql sql,
      Preflight preflight,
      Map<Integer, Entry> all,
      Collection<Entry> created) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    this.all = all;
    created.forEach(table -> types.add(Entries.name(table)));
  }

  /// Plans the columns of every table that depends on the created ones; their row types exist by then.
  void plan() {
    for (Entry table : draft.closure.dependents()) {
      Relation live = draft.target.relation(Entries.name(table)).orElse(null);
      if (table.desc().equals("TABLE") && live != null && live.isTable()) {
        columns(table, live);
      }
    }
  }

  /// Plans what may use a function that falls and comes back later than the columns.
  void finish() {
    defaults.forEach(draft::cut);
    defaults.clear();
  }

  private void columns(Entry table, Relation live) {
    TableDefinition definition = sql.table(table);
    List<ColumnDefinition> lost = new ArrayList<>();
    for (ColumnDefinition column : definition.columns()) {
      if (live.column(column.name()).isPresent()) {
        continue;
      }
      if (types.contains(rowType(column.type()))) {
        lost.add(column);
      } else {
        draft.refuse(
            "column",
            "column %s of table %s (type %s) is gone as well"
                .formatted(Sql.quote(column.name()), live.name(), column.type()),
            remedy(live));
      }
    }
    if (lost.isEmpty()) {
      return;
    }
    String obstacle = obstacle(table, live, definition, lost);
    if (!obstacle.isEmpty()) {
      draft.refuse(
          "column",
          "column %s of table %s was of the lost row type and is gone as well; it cannot be added again: %s"
              .formatted(
                  String.join(", ", lost.stream().map(column -> Sql.quote(column.name())).toList()),
                  live.name(),
                  obstacle),
          remedy(live));
      return;
    }
    preflight.mine(live.name(), "add a column to it");
    refill(table, live, lost);
  }

  private String remedy(Relation live) {
    List<QualifiedName> tables = new ArrayList<>(draft.request.tables());
    tables.add(live.name());
    return "Restore both in one command, which replaces %s by the backup's, rows included: %s"
        .formatted(live.name(), Commands.swap(draft.request, tables));
  }

  /// {@return the table in `s.t` or `s.t[]`, a name that no table has where it is anything else}
  static QualifiedName rowType(String type) {
    try {
      return QualifiedName.parse(type.replaceFirst("(\\[\\])+$", ""));
    } catch (dev.pgmend.sql.SqlSyntaxException e) {
      return new QualifiedName("pg_catalog", type);
    }
  }

  private String obstacle(
      Entry table, Relation live, TableDefinition definition, List<ColumnDefinition> lost) {
    List<String> wanted = definition.columns().stream().map(ColumnDefinition::name).toList();
    List<String> there = live.columns().stream().map(Relation.Column::name).toList();
    if (there.size() + lost.size() != wanted.size()
        || !wanted.subList(0, there.size()).equals(there)) {
      return "it was not the last one, or other columns have been added or dropped since";
    }
    if (live.isPartitioned()
        || live.partition()
        || !draft.target.children(live.name()).isEmpty()
        || !draft.target.parents(live.name()).isEmpty()) {
      return "the table is partitioned, or part of an inheritance tree";
    }
    if (lost.stream().anyMatch(column -> column.generatedExpression() != null)) {
      return "it is generated";
    }
    Entry data = data(table).orElse(null);
    if (data == null || data.copyStmt() == null) {
      return "the backup has no rows of that table to take its values from";
    }
    if (key(live, data).isEmpty()) {
      return "the table has no key that tells which row of the backup a value belongs to";
    }
    return "";
  }

  private Optional<Entry> data(Entry table) {
    return all.values().stream()
        .filter(entry -> entry.desc().equals("TABLE DATA"))
        .filter(entry -> draft.closure.ownership().root(entry).dumpId() == table.dumpId())
        .findFirst();
  }

  private Optional<Snapshot.Key> key(Relation live, Entry data) {
    List<String> copied = EntrySql.copyTarget(data).columns();
    return draft.target.keys().stream()
        .filter(key ->
            key.table().equals(live.name())
                && copied.containsAll(key.columns())
                && key.operators().size() == key.columns().size())
        .findFirst();
  }

  private void refill(Entry table, Relation live, List<ColumnDefinition> lost) {
    Entry data = data(table).orElseThrow();
    Snapshot.Key key = key(live, data).orElseThrow();
    QualifiedName staged = draft.own("lost_" + ++number);
    List<String> copied = EntrySql.copyTarget(data).columns();
    // The row type does not exist yet: the values wait as text.
    List<String> columns =
        copied.stream()
            .map(column ->
                "%s %s"
                    .formatted(
                        Sql.quote(column),
                        key.columns().contains(column)
                            ? live.column(column).orElseThrow().type()
                            : "pg_catalog.text"))
            .toList();
    draft.stage.add(
        new Step.Statement(
            "stage the values that %s has lost".formatted(live.name()),
            "CREATE UNLOGGED TABLE %s (%s)".formatted(staged.sql(), String.join(", ", columns))));
    draft.load.add(
        new LoadStep.LoadAside(
            new LoadStep.Load(live.name(), staged, copied, List.of(data.dumpId()))));
    String alter = "ALTER TABLE ONLY %s ".formatted(live.name().sql());
    for (ColumnDefinition column : lost) {
      String name = Sql.quote(column.name());
      draft.cut(
          "add column %s to %s again".formatted(name, live.name()),
          alter + "ADD COLUMN %s %s".formatted(name, column.type()),
          "ACCESS EXCLUSIVE on " + live.name());
      draft.removal(
          "drop column %s of %s".formatted(name, live.name()), alter + "DROP COLUMN " + name);
    }
    List<String> quiet = new ArrayList<>();
    List<String> loud = new ArrayList<>();
    MendPlanner.quieten(draft, live, false, quiet, loud);
    draft.cut(
        new FillStep.Refill(
            live.name(),
            staged,
            lost.stream().map(ColumnDefinition::name).toList(),
            lost.stream().map(ColumnDefinition::type).toList(),
            key.columns(),
            key.operators(),
            quiet,
            loud,
            draft.request.skipMissing()));
    for (ColumnDefinition column : lost) {
      String change = alter + "ALTER COLUMN " + Sql.quote(column.name());
      String expression = column.defaultExpression();
      if (expression != null) {
        defaults.add(
            new Step.Statement(
                "restore the default of column %s of %s"
                    .formatted(Sql.quote(column.name()), live.name()),
                change + " SET DEFAULT " + expression));
      }
      if (column.notNull()) {
        draft.cut("set NOT NULL again", change + " SET NOT NULL", "");
      }
    }
    details(table, lost);
  }

  /// Storage, statistics targets, comments and grants of the columns.
  private void details(Entry table, List<ColumnDefinition> lost) {
    Set<String> names = new HashSet<>();
    lost.forEach(column -> names.add(column.name()));
    List<String> statements = new ArrayList<>();
    List<String> definition = Sql.split(sql.definition(table));
    for (String statement : definition.subList(1, definition.size())) {
      if (Head.of(statement, table.namespace()) instanceof Head.Part part
          && part.kind() == Head.PartKind.COLUMN
          && names.contains(part.name())) {
        statements.add(statement);
      }
    }
    for (Entry entry : draft.closure.ownership().belongings(table)) {
      if (!entry.desc().equals("COMMENT")
          && !entry.desc().equals("SECURITY LABEL")
          && (!entry.desc().equals("ACL") || draft.request.noAcl())) {
        continue;
      }
      if (ofColumn(entry, names)) {
        statements.addAll(EntrySql.grants(sql.definition(entry)));
      }
    }
    statements.forEach(statement ->
        draft.cut("restore what belonged to a column of " + Entries.name(table), statement, ""));
  }

  /// `GRANT SELECT(c) ON TABLE t` names its column in the privileges, a comment in its head.
  private static boolean ofColumn(Entry entry, Set<String> names) {
    if (Entries.head(entry).orElse(null) instanceof Head.Annotation about
        && about.kind().equals("COLUMN")) {
      return names.contains(about.part());
    }
    return entry.desc().equals("ACL")
        && names.stream().anyMatch(name -> entry.tag().endsWith("." + name))
        && entry.tag().startsWith("COLUMN ");
  }
}
