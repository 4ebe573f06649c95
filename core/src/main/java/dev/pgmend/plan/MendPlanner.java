package dev.pgmend.plan;

import static java.util.stream.Collectors.joining;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableConstraint;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Plans [Mode#MEND]: what is there is changed in place.
final class MendPlanner {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Map<Integer, Entry> all;
  private final Cutover cutover;

  /// What the creation of other tables brings: it need not be brought again.
  private final Set<Integer> created;

  private final List<Entry> tables;
  private final ColumnMaps maps;
  private final List<Entry> parents;
  private final MendUnits units;
  private final MendKeys keys;

  MendPlanner(
      Draft draft,
      EntrySql sql,
      Preflight preflight,
      Map<Integer, Entry> all,
      Cutover cutover,
      Set<Integer> created,
      ColumnMaps maps,
      List<Entry> tables,
      List<Entry> parents) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    this.all = all;
    this.cutover = cutover;
    this.created = created;
    this.tables = tables;
    this.maps = maps;
    this.parents = parents;
    List<Entry> touched = new ArrayList<>(tables);
    touched.addAll(parents);
    this.units = new MendUnits(draft, maps, touched);
    this.keys = new MendKeys(draft, cutover, units);
  }

  /// {@return why these tables cannot be mended in place, empty if they can}
  List<String> obstacles() {
    List<String> obstacles = new ArrayList<>(units.obstacles());
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      Relation live = draft.target.relation(name).orElse(null);
      if (live == null) {
        continue;
      }
      TableDefinition definition = sql.table(table);
      ColumnMap map = maps.of(name);
      Set<String> copied =
          draft
              .closure
              .data(table)
              .filter(data -> data.copyStmt() != null)
              .map(data -> new HashSet<>(EntrySql.copyTarget(data).columns()))
              .orElseGet(HashSet::new);
      boolean told = !copied.isEmpty();
      map.names()
          .forEach((column, today) -> {
            boolean generated =
                live.column(today).filter(found -> found.generated() != 0).isPresent();
            if (told && generated && copied.contains(column)) {
              obstacles.add(
                  "column %s of %s is generated in the live table"
                      .formatted(Sql.quote(today), name));
            } else if (told && !generated && !copied.contains(column)) {
              obstacles.add(
                  "column %s of %s is generated in the backup and not in the live table"
                      .formatted(Sql.quote(column), name));
            }
          });
      for (TableConstraint constraint : definition.constraints()) {
        String constraintName = constraint.name();
        if (constraintName != null
            && !ColumnMaps.names(constraint.text(), map.dropped())
            && !draft.target.has(new ObjectId(ObjectId.Kind.CONSTRAINT, name, constraintName))) {
          obstacles.add("constraint %s of %s is gone".formatted(Sql.quote(constraintName), name));
        }
      }
    }
    return obstacles;
  }

  /// Plans the tables that are there: their rows, and what is missing of their belongings.
  void mend() {
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      draft.modes.put(name, Mode.MEND);
      preflight.mine(name, "change its rows");
      Entry data = draft.closure.data(table).orElse(null);
      if (data == null && !units.isPartitioned(name)) {
        draft.refuse(
            "no-data",
            "the backup holds no rows of %s".formatted(name),
            "Use a backup that has them.");
      } else if (data != null && data.copyStmt() == null) {
        draft.refuse(
            "inserts",
            "the rows of %s are stored as INSERT statements".formatted(name),
            "Use a backup made without --inserts.");
      }
      newChildren(name);
    }
    for (Entry parent : parents) {
      draft.modes.put(Entries.name(parent), Mode.MEND);
      sequences(parent);
      draft.notices.add(
          "%s: only rows of it come back that restored rows refer to and that are gone (--orphans with-parents)"
              .formatted(MendStep.Mend.unasked(Entries.name(parent))));
    }
    MendOrphans orphans = new MendOrphans(draft, units, keys);
    for (QualifiedName unit : keys.parentsFirst(units.data().keySet())) {
      if (units.referring(unit)) {
        mendChildren(unit, orphans);
      } else {
        mendRows(unit, units.data().getOrDefault(unit, List.of()), orphans);
      }
    }
    MendClashes clashes = new MendClashes(draft);
    List<MendStep.Mend> mends = compare(orphans, clashes);
    orphans.plan();
    clashes.plan(mends);
    new FallenRows(draft, units, keys).plan(mends);
    List<Entry> missing = new ArrayList<>();
    for (Entry table : tables) {
      sequences(table);
      missing.addAll(missing(table));
    }
    missing.removeIf(entry -> created.contains(entry.dumpId()));
    preflight.entries(missing, all, created);
    cutover.attach(missing);
    missing.removeIf(entry -> entry.desc().equals("TABLE ATTACH"));
    missing.sort(draft.order);
    missing.forEach(
        entry -> draft.notices.add("missing in the target and restored: " + Wording.of(entry)));
    cutover.execute(missing, this::staged, Set.of());
  }

  private List<MendStep.Mend> compare(MendOrphans orphans, MendClashes clashes) {
    List<MendStep.Mend> mends =
        draft.cutover.stream()
            .filter(MendStep.Mend.class::isInstance)
            .map(MendStep.Mend.class::cast)
            .toList();
    List<String> quiet = new ArrayList<>();
    List<String> loud = new ArrayList<>();
    for (MendStep.Mend mend : mends) {
      mend.quiet().stream().filter(MendPlanner::lifts).forEach(quiet::add);
      mend.loud().stream().filter(MendPlanner::lifts).forEach(loud::add);
    }
    if (!mends.isEmpty()) {
      List<MendStep.Compare.Settled> settled = new ArrayList<>(orphans.orphaned(mends));
      settled.addAll(clashes.settled(mends));
      draft.verify.add(new MendStep.Compare(mends, orphans.brings(mends), settled, quiet, loud));
    }
    return mends;
  }

  private static boolean lifts(String sql) {
    return sql.endsWith(" FORCE ROW LEVEL SECURITY");
  }

  /// {@return where the rows are that a table will have}
  Optional<QualifiedName> staged(QualifiedName table) {
    return units.data().containsKey(table) && !units.referring(table)
        ? Optional.of(units.staged(table))
        : Optional.empty();
  }

  /// Partitions and children that the backup does not know hold rows that it does not know either.
  private void newChildren(QualifiedName table) {
    for (Snapshot.Inheritance link : draft.target.children(table)) {
      boolean known = tables.stream().anyMatch(entry -> Entries.name(entry).equals(link.child()));
      if (known) {
        continue;
      }
      if (link.isPartition()) {
        preflight.mine(link.child(), "change its rows");
        draft.notices.add(
            "%s, a partition of %s, is not in the backup: it stays, and all its rows count as newer"
                .formatted(link.child(), table));
      } else if (draft.request.exact()) {
        draft.refuse(
            "children",
            "%s, which inherits from %s, is not in the backup: its rows would still be among those of %s"
                .formatted(link.child(), table, table),
            "ALTER TABLE %s NO INHERIT %s; or leave out --rows exact to keep them."
                .formatted(link.child().sql(), table.sql()));
      } else {
        draft.notices.add(
            "%s, which inherits from %s, is not in the backup: it stays as it is, and its rows are still among those of %s"
                .formatted(link.child(), table, table));
      }
    }
  }

  private List<Entry> missing(Entry table) {
    List<Entry> missing = new ArrayList<>();
    Set<Integer> gone = new HashSet<>();
    Relation live = draft.target.relation(Entries.name(table)).orElseThrow();
    ColumnMap map = maps.of(Entries.name(table));
    for (Entry entry : draft.closure.belongings(table)) {
      Optional<ObjectId> object = Entries.object(entry).map(found -> today(found, map));
      boolean ownerGone =
          draft.closure.ownership().owner(entry).filter(o -> gone.contains(o.dumpId())).isPresent();
      boolean rowSecurity = entry.desc().equals("ROW SECURITY") && !live.rowSecurity();
      if (rowSecurity) {
        draft.removal(
            "disable row security of " + Entries.name(table),
            "ALTER TABLE %s DISABLE ROW LEVEL SECURITY".formatted(Entries.name(table).sql()));
      }
      if (ownerGone || rowSecurity || (object.isPresent() && !draft.target.has(object.get()))) {
        gone.add(entry.dumpId());
        if (restorable(entry, map)) {
          missing.add(entry);
        }
      }
    }
    return missing;
  }

  /// A column's default and identity go by the name that it has today.
  private static ObjectId today(ObjectId object, ColumnMap map) {
    boolean ofColumn =
        object.kind() == ObjectId.Kind.DEFAULT || object.kind() == ObjectId.Kind.IDENTITY;
    String name = map.names().get(object.name());
    return ofColumn && name != null && object.relation().equals(map.table())
        ? new ObjectId(object.kind(), object.relation(), name)
        : object;
  }

  /// {@return whether what is gone can be brought back: the columns that it names are there}
  private boolean restorable(Entry entry, ColumnMap map) {
    if (ColumnMaps.names(entry.defn(), map.dropped())) {
      draft.notices.add(
          "not restored, for it was about a column that is gone: " + Wording.of(entry));
      return false;
    }
    if (ColumnMaps.names(entry.defn(), map.renamed().keySet())) {
      draft.refuse(
          "drift",
          "%s is gone, and in the backup it names a column that has another name today"
              .formatted(Wording.of(entry)),
          "Create it with the column's name of today, then try again.");
      return false;
    }
    return true;
  }

  private void sequences(Entry table) {
    for (Entry entry : draft.closure.belongings(table)) {
      if (entry.desc().equals("SEQUENCE SET")
          && Entries.head(entry).orElse(null) instanceof Head.SequenceSet set
          && draft.target.has(ObjectId.of(ObjectId.Kind.RELATION, set.sequence()))) {
        draft.cut(new SequenceStep.AdvanceSequence(set.sequence(), set.last(), set.called()));
      }
    }
  }

  private void mendRows(QualifiedName table, List<Entry> data, MendOrphans orphans) {
    Relation live = draft.target.relation(table).orElseThrow();
    ColumnMap map = maps.of(table);
    List<String> copied = units.copied(table);
    List<String> columns = units.columns(table);
    QualifiedName staged = units.staged(table);
    draft.stage.add(
        new Step.Statement(
            "stage the rows of " + table,
            "CREATE UNLOGGED TABLE %s (LIKE %s) WITH (autovacuum_enabled = off)"
                .formatted(staged.sql(), table.sql())));
    for (Relation.Column column : live.columns()) {
      if (!columns.contains(column.name())) {
        draft.stage.add(
            new Step.Statement(
                "leave out column %s, which the backup has no values of"
                    .formatted(Sql.quote(column.name())),
                "ALTER TABLE %s DROP COLUMN %s".formatted(staged.sql(), Sql.quote(column.name()))));
      }
    }
    stageNulls(live, map, staged, columns);
    LoadStep.Load load =
        new LoadStep.Load(
            table, staged, map.staged(copied), data.stream().map(Entry::dumpId).toList());
    int loading = draft.load.size();
    draft.load.add(load);
    List<LoadStep.Convert.Retyped> retyped = stageAsText(map, staged, copied);
    Optional<Snapshot.Key> usable = usable(table, columns);
    List<String> key = usable.map(Snapshot.Key::columns).orElse(List.of());
    if (!retyped.isEmpty()) {
      draft.load.add(
          new LoadStep.Convert(
              table,
              staged,
              map.staged(copied),
              retyped,
              key,
              draft.request.columns().acceptCasts()));
    }
    draft.load.add(
        new Step.Statement(
            "collect statistics of the staged rows of " + table, "ANALYZE " + staged.sql()));
    if (!units.referred(table)) {
      policy(table, columns, !key.isEmpty());
    }
    if (retyped.isEmpty()) {
      boolean distinct = usable.filter(found -> isKeyOfBackup(table, found, map)).isPresent();
      LoadStep.Load chunked =
          distinct && data.size() == 1 && Set.copyOf(load.columns()).equals(Set.copyOf(columns))
              ? load.by(key)
              : load;
      draft.load.set(
          loading,
          unless(load, units.policy(table), columns, key, distinct, !live.isPartitioned())
              .map(chunked::unless)
              .orElse(chunked));
    }
    change(live, columns, map.addedNames(), usable, orphans.nulled(table));
  }

  /// Nothing of a table that only refers to restored ones is loaded: what becomes of its rows is found out when they are compared.
  private void mendChildren(QualifiedName table, MendOrphans orphans) {
    Relation live = draft.target.relation(table).orElseThrow();
    List<String> columns = units.columns(table);
    draft.modes.put(table, Mode.MEND);
    draft.notices.add(
        "%s: only rows of it %s whose parents go (--orphans %s)"
            .formatted(
                MendStep.Mend.unasked(table),
                draft.request.orphans() == Request.Orphans.DELETE ? "go" : "change",
                draft.request.orphans() == Request.Orphans.DELETE ? "delete" : "null"));
    draft.stage.add(
        new Step.Statement(
            "note rows of " + table,
            "CREATE UNLOGGED TABLE %s (LIKE %s)"
                .formatted(units.staged(table).sql(), table.sql())));
    change(live, columns, List.of(), usable(table, columns), orphans.nulled(table));
  }

  private Optional<Snapshot.Key> usable(QualifiedName table, List<String> columns) {
    return draft.target.keys().stream()
        .filter(found ->
            found.table().equals(table)
                && columns.containsAll(found.columns())
                && found.operators().size() == found.columns().size())
        .findFirst();
  }

  private void change(
      Relation live,
      List<String> columns,
      List<String> added,
      Optional<Snapshot.Key> usable,
      List<String> nulled) {
    QualifiedName table = live.name();
    List<String> key = usable.map(Snapshot.Key::columns).orElse(List.of());
    List<String> quiet = new ArrayList<>();
    List<String> loud = new ArrayList<>();
    quieten(draft, live, draft.request.policy().triggers() == RowPolicy.Triggers.FIRE, quiet, loud);
    MendStep.Mend mend =
        new MendStep.Mend(
            units.policy(table),
            table,
            units.staged(table),
            columns,
            added,
            fixed(live, columns, key, quiet, loud),
            key,
            usable.map(Snapshot.Key::operators).orElse(List.of()),
            !live.isPartitioned(),
            quiet,
            loud,
            keys.incoming(table, columns, key),
            keys.outgoing(table, columns),
            units.gone(table),
            units.came(table),
            units.kept(table),
            units.conflicts(table),
            nulled);
    draft.cut(mend);
    draft.inverse(mend);
  }

  /// Where a column may not be NULL today and could be in the backup, only rows that come have to fit.
  private void stageNulls(
      Relation live, ColumnMap map, QualifiedName staged, List<String> columns) {
    Set<String> never = new HashSet<>();
    draft.closure.tables().stream()
        .filter(entry -> Entries.name(entry).equals(live.name()))
        .flatMap(entry -> sql.table(entry).columns().stream())
        .filter(ColumnDefinition::notNull)
        .forEach(column -> never.add(map.names().getOrDefault(column.name(), column.name())));
    live.columns().stream()
        .filter(column ->
            column.notNull()
                && column.identity() == 0
                && columns.contains(column.name())
                && !never.contains(column.name()))
        .forEach(column ->
            draft.stage.add(
                new Step.Statement(
                    "let staged values of column %s be NULL".formatted(Sql.quote(column.name())),
                    "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL"
                        .formatted(staged.sql(), Sql.quote(column.name())))));
  }

  /// {@return whether no two rows of the backup can have what is the same key today}
  private boolean isKeyOfBackup(QualifiedName table, Snapshot.Key key, ColumnMap map) {
    Set<String> then = new HashSet<>();
    map.names()
        .forEach((backup, today) -> {
          if (key.columns().contains(today)) {
            then.add(backup);
          }
        });
    return key.byImage()
        && draft.closure.tables().stream()
            .filter(entry -> Entries.name(entry).equals(table))
            .anyMatch(entry -> BackupKeys.has(draft.closure.belongings(entry), then));
  }

  /// Which rows need not be staged, if newer ones are not asked for: those whose key or, where changed ones are to be found, whose
  /// whole image is there.
  private static Optional<LoadStep.Load.Unless> unless(
      LoadStep.Load load,
      RowPolicy policy,
      List<String> columns,
      List<String> key,
      boolean distinct,
      boolean only) {
    List<String> copied = load.columns();
    if (policy.rows().drops() || key.isEmpty() || !copied.containsAll(key)) {
      return Optional.empty();
    }
    boolean whole = policy.rows().changes();
    // A row that is not staged must not have the key of another one that is.
    if (whole && !(distinct && Set.copyOf(copied).equals(Set.copyOf(columns)))) {
      return Optional.empty();
    }
    String live = (only ? "ONLY " : "") + load.table().sql();
    return Optional.of(
        new LoadStep.Load.Unless(
            "SELECT %s FROM %s"
                .formatted(
                    (whole ? copied : key).stream().map(Sql::quote).collect(joining(", ")), live),
            "SELECT c.reltuples::pg_catalog.int8 AS rows FROM pg_catalog.pg_class AS c WHERE c.oid = %s::pg_catalog.regclass"
                .formatted(Sql.literal(load.table().sql())),
            whole ? List.of() : key.stream().map(copied::indexOf).toList()));
  }

  /// The backup's values of columns that are gone, or of another type today, wait as the text that they are.
  private List<LoadStep.Convert.Retyped> stageAsText(
      ColumnMap map, QualifiedName staged, List<String> copied) {
    List<LoadStep.Convert.Retyped> retyped = new ArrayList<>();
    map.retyped()
        .forEach((backup, column) -> {
          if (copied.contains(backup)) {
            retyped.add(
                new LoadStep.Convert.Retyped(
                    column.name(), map.types().getOrDefault(backup, ""), column.type()));
            draft.stage.add(
                new Step.Statement(
                    "stage column %s as text".formatted(Sql.quote(column.name())),
                    "ALTER TABLE %s DROP COLUMN %s, ADD COLUMN %s text"
                        .formatted(
                            staged.sql(), Sql.quote(column.name()), Sql.quote(column.name()))));
          }
        });
    for (int i = 0; i < copied.size(); i++) {
      if (map.dropped().contains(copied.get(i))) {
        draft.stage.add(
            new Step.Statement(
                "stage column %s, whose values are left out".formatted(Sql.quote(copied.get(i))),
                "ALTER TABLE %s ADD COLUMN %s text"
                    .formatted(staged.sql(), Sql.quote(map.staged(copied).get(i)))));
      }
    }
    return retyped;
  }

  /// Refuses what the user wants of the rows where it means nothing for this table.
  private void policy(QualifiedName table, List<String> columns, boolean keyed) {
    RowPolicy policy = draft.request.policy();
    for (String column : policy.columns()) {
      Optional<String> renamed =
          columns.contains(column)
              ? Optional.empty()
              : Optional.of(maps.of(table).staged(List.of(column)).getFirst())
                  .filter(columns::contains);
      if (renamed.isPresent()) {
        draft.refuse(
            "rows",
            "--columns names %s of %s, which is called %s today"
                .formatted(Sql.quote(column), table, Sql.quote(renamed.get())),
            "--columns takes the names of today: --columns %s".formatted(Sql.quote(renamed.get())));
      } else if (!columns.contains(column)) {
        draft.refuse(
            "rows",
            "--columns names %s, which the backup's rows of %s do not have"
                .formatted(Sql.quote(column), table),
            "Columns: %s.".formatted(String.join(", ", columns.stream().map(Sql::quote).toList())));
      }
    }
    if (!keyed && !maps.of(table).added().isEmpty()) {
      draft.refuse(
          "drift",
          "%s has no key, and columns that the backup does not have (%s): rows that are equal in the others cannot be told apart"
              .formatted(
                  table,
                  String.join(", ", maps.of(table).addedNames().stream().map(Sql::quote).toList())),
          "Add a primary key, or use --mode beside; --mode swap replaces the table by the backup's.");
    }
    if (!keyed && (policy.rows() == RowPolicy.Rows.CHANGED || !policy.columns().isEmpty())) {
      draft.refuse(
          "rows",
          "%s has no key to tell by which of its rows was changed into which".formatted(table),
          "--rows missing brings back the rows that are not there any more; --rows exact also removes those that the backup does not have.");
    }
  }

  /// What would run or hide rows while the table is changed, and how it is put back exactly as it was.
  ///
  /// @param fire whether triggers run; rules never do, for they may put something else in the place of a change
  static void quieten(
      Draft draft, Relation live, boolean fire, List<String> quiet, List<String> loud) {
    Set<QualifiedName> touched = new LinkedHashSet<>(Set.of(live.name()));
    if (live.isPartitioned()) {
      List<QualifiedName> queue = new ArrayList<>(touched);
      for (int i = 0; i < queue.size(); i++) {
        for (Snapshot.Inheritance link : draft.target.children(queue.get(i))) {
          if (touched.add(link.child())) {
            queue.add(link.child());
          }
        }
      }
    }
    for (Snapshot.Trigger trigger : draft.target.triggers()) {
      if (!fire
          && touched.contains(trigger.table())
          && (trigger.enabled() == 'O' || trigger.enabled() == 'A')) {
        String head = "ALTER TABLE ONLY %s ".formatted(trigger.table().sql());
        quiet.add(head + "DISABLE TRIGGER " + Sql.quote(trigger.name()));
        loud.add(
            head
                + (trigger.enabled() == 'A' ? "ENABLE ALWAYS TRIGGER " : "ENABLE TRIGGER ")
                + Sql.quote(trigger.name()));
      }
    }
    for (Snapshot.Rule rule : draft.target.rules()) {
      if (rule.table().equals(live.name())
          && rule.event() != '1'
          && (rule.enabled() == 'O' || rule.enabled() == 'A')) {
        String head = "ALTER TABLE %s ".formatted(rule.table().sql());
        quiet.add(head + "DISABLE RULE " + Sql.quote(rule.name()));
        loud.add(
            head
                + (rule.enabled() == 'A' ? "ENABLE ALWAYS RULE " : "ENABLE RULE ")
                + Sql.quote(rule.name()));
      }
    }
    unvalidated(draft, live, quiet, loud);
    if (!draft.target.server().superuser()) {
      for (QualifiedName name : touched) {
        if (draft
            .target
            .relation(name)
            .map(r -> r.rowSecurity() && r.forceRowSecurity())
            .orElse(false)) {
          quiet.addFirst("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY".formatted(name.sql()));
          loud.add("ALTER TABLE %s FORCE ROW LEVEL SECURITY".formatted(name.sql()));
        }
      }
    }
  }

  /// Rows that break a NOT VALID constraint can be there, and cannot be brought back while it is.
  private static void unvalidated(
      Draft draft, Relation live, List<String> quiet, List<String> loud) {
    for (Snapshot.NamedObject object : draft.target.belongings()) {
      if (!object.table().equals(live.name())
          || object.validated()
          || !draft.target.children(live.name()).isEmpty()) {
        continue;
      }
      String name = Sql.quote(object.id().name());
      quiet.add("ALTER TABLE %s DROP CONSTRAINT %s".formatted(live.name().sql(), name));
      loud.add(
          "ALTER TABLE %s ADD CONSTRAINT %s %s"
              .formatted(live.name().sql(), name, object.definition()));
      if (!object.comment().isEmpty()) {
        loud.add(
            "COMMENT ON CONSTRAINT %s ON %s IS %s"
                .formatted(name, live.name().sql(), Sql.literal(object.comment())));
      }
    }
  }

  /// An identity column that is GENERATED ALWAYS cannot be updated; one that is not the key has to be let go for that.
  private static List<String> fixed(
      Relation live,
      List<String> columns,
      List<String> key,
      List<String> quiet,
      List<String> loud) {
    List<String> fixed = new ArrayList<>();
    for (Relation.Column column : live.columns()) {
      if (column.identity() != 'a' || !columns.contains(column.name())) {
        continue;
      }
      if (key.contains(column.name())) {
        fixed.add(column.name());
      } else {
        String head =
            "ALTER TABLE %s ALTER COLUMN %s SET GENERATED "
                .formatted(live.name().sql(), Sql.quote(column.name()));
        quiet.add(head + "BY DEFAULT");
        loud.add(head + "ALWAYS");
      }
    }
    return fixed;
  }
}
