package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.TableConstraint;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Plans [Mode#CREATE] and [Mode#MEND]: what is gone is created, what is there is changed in place.
final class RepairPlanner {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Map<Integer, Entry> all;
  private final Cutover cutover;

  /// What the creation of tables brings; a table that is there need not bring it again.
  private final Set<Integer> created = new HashSet<>();

  RepairPlanner(Draft draft, EntrySql sql, Preflight preflight, Map<Integer, Entry> all) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    this.all = all;
    this.cutover = new Cutover(draft, sql);
  }

  /// {@return the entries that the plan creates so far}
  Set<Integer> created() {
    return created;
  }

  /// Plans the tables that are gone.
  void create(List<Entry> tables) {
    tables.forEach(table -> draft.modes.put(Entries.name(table), Mode.CREATE));
    Set<Integer> late = new HashSet<>();
    List<Entry> fallen = fallen();
    Optional<String> hidden = HiddenReads.find(draft.closure, all.values());
    if (hidden.isPresent()) {
      draft.notices.add("no staging, one long transaction instead: " + hidden.get());
      createInPlace(tables, fallen);
      return;
    }
    fallen.forEach(entry -> late.add(entry.dumpId()));
    Stager stager = new Stager(draft, sql, tables, Set.of());
    stager.plan(late);
    List<Entry> executed = new ArrayList<>(tables);
    List<Entry> rest = new ArrayList<>();
    for (Entry table : tables) {
      for (Entry entry : draft.closure.belongings(table)) {
        executed.add(entry);
        if (!stager.staged(entry)) {
          rest.add(entry);
        }
      }
    }
    executed.addAll(fallen);
    executed.forEach(entry -> created.add(entry.dumpId()));
    preflight.entries(executed, all, Set.of());
    cutover.moveIn(tables, stager, false);
    Set<Integer> withTables = cutover.withTables(tables);
    attachments(rest);
    rest.removeIf(entry -> entry.desc().equals("TABLE ATTACH"));
    // An index is attached to its parent's with its table; saying it again makes sure that it is
    // the right one.
    List<Entry> cut = new ArrayList<>(rest);
    cut.addAll(fallen);
    cut.sort(draft.order);
    cutover.execute(
        cut,
        name ->
            stager.names().containsKey(name)
                ? Optional.of(stager.stagedName(name))
                : Optional.empty(),
        withTables);
    for (Entry table : tables) {
      probe(draft, table, stager);
    }
    repairOutsideTables();
  }

  /// As pg_restore would, in the archive's order and under the final names, but in one transaction that is committed only when
  /// the rows are proved: for tables that cannot be built under other names first.
  private void createInPlace(List<Entry> tables, List<Entry> fallen) {
    Set<QualifiedName> names = new HashSet<>();
    tables.forEach(table -> names.add(Entries.name(table)));
    List<Entry> executed = new ArrayList<>(tables);
    tables.forEach(table -> executed.addAll(draft.closure.belongings(table)));
    executed.addAll(fallen);
    executed.forEach(entry -> created.add(entry.dumpId()));
    preflight.entries(executed, all, Set.of());
    executed.sort(draft.order);
    Set<Integer> withTables = cutover.withTables(tables);
    List<Entry> early = new ArrayList<>();
    List<Entry> attached = new ArrayList<>();
    List<Entry> rest = new ArrayList<>();
    for (Entry entry : executed) {
      boolean outside =
          Entries.head(entry).orElse(null) instanceof Head.TableAttach attach
              && !names.contains(attach.parent());
      if (outside) {
        attached.add(entry);
      } else if (BEFORE_ATTACHING.contains(entry.desc())
          || !attachesIndex(entry)
              && rest.isEmpty()
              && entry.section() != dev.pgmend.archive.Section.POST_DATA) {
        early.add(entry);
      } else {
        rest.add(entry);
      }
    }
    Map<QualifiedName, List<Entry>> loads = new LinkedHashMap<>();
    early.stream()
        .filter(entry -> entry.desc().equals("TABLE DATA"))
        .forEach(
            entry -> loads.computeIfAbsent(into(entry, names), _ -> new ArrayList<>()).add(entry));
    for (Entry entry : early) {
      if (entry.desc().equals("TABLE DATA")) {
        loads.forEach(this::loadInPlace);
        loads.clear();
      } else {
        cutover.execute(List.of(entry), _ -> Optional.empty(), withTables);
      }
    }
    for (Entry table : tables) {
      if (draft.closure.data(table).isEmpty() && sql.table(table).partitionBy() == null) {
        draft.refuse(
            "no-data",
            "the backup holds no rows of %s".formatted(Entries.name(table)),
            "Use a backup that has them.");
      }
      draft.cut(
          "collect statistics of " + Entries.name(table),
          "ANALYZE " + Entries.name(table).sql(),
          "");
    }
    attachments(attached);
    int counts = draft.verify.size();
    cutover.execute(rest, _ -> Optional.empty(), withTables);
    // There is nothing to count before the tables exist: the foreign keys are the last steps, and
    // the counts go before them.
    List<Step> late = List.copyOf(draft.verify.subList(counts, draft.verify.size()));
    draft.verify.subList(counts, draft.verify.size()).clear();
    int firstKey = draft.firstForeignKey();
    draft.cutover.addAll(firstKey, late);
    repairOutsideTables();
  }

  private static final Set<String> BEFORE_ATTACHING =
      Set.of("TABLE DATA", "CONSTRAINT", "CHECK CONSTRAINT", "INDEX", "SEQUENCE SET");

  private static boolean attachesIndex(Entry entry) {
    return entry.desc().equals("INDEX ATTACH");
  }

  /// Rows that were dumped for loading through the partition root go there if the root is restored too.
  private QualifiedName into(Entry data, Set<QualifiedName> names) {
    QualifiedName own = Entries.name(draft.closure.ownership().root(data));
    QualifiedName root = data.copyStmt() == null ? own : EntrySql.copyTarget(data).table();
    return names.contains(root) ? root : own;
  }

  private void loadInPlace(QualifiedName into, List<Entry> data) {
    if (data.stream().anyMatch(entry -> entry.copyStmt() == null)) {
      draft.refuse(
          "inserts",
          "the rows of %s are stored as INSERT statements".formatted(into),
          "Use a backup made without --inserts.");
      return;
    }
    draft.cut(
        new Step.Load(
            into,
            into,
            EntrySql.copyTarget(data.getFirst()).columns(),
            data.stream().map(Entry::dumpId).toList()));
  }

  private void attachments(List<Entry> rest) {
    for (Entry entry : rest) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        draft.cutover.add(
            new Step.Statement(
                "attach %s to %s".formatted(attach.partition(), attach.parent()),
                Stager.strip(sql.definition(entry)),
                "SHARE UPDATE EXCLUSIVE on %s, ACCESS EXCLUSIVE on its default partition"
                    .formatted(attach.parent()),
                entry.dumpId()));
        draft.removal(
            "detach " + attach.partition(),
            "ALTER TABLE %s DETACH PARTITION %s"
                .formatted(attach.parent().sql(), attach.partition().sql()));
        draft.expect(ObjectId.of(ObjectId.Kind.ATTACHMENT, attach.partition()), entry);
        if (draft.target.relation(attach.parent()).isEmpty()) {
          draft.refuse(
              "missing",
              "%s is a partition of %s, which the target does not have"
                  .formatted(attach.partition(), attach.parent()),
              "Restore %s; its partitions come with it.".formatted(attach.parent().sql()));
        }
      }
    }
  }

  /// The write probe feeds a row from the sequences that staging has for itself, never from a live one.
  static void probe(Draft draft, Entry table, Stager stager) {
    Set<String> defaulted = new LinkedHashSet<>();
    Set<Integer> staged = new HashSet<>();
    for (Entry entry : draft.closure.belongings(table)) {
      if (entry.desc().equals("SEQUENCE") && stager.staged(entry)) {
        staged.add(entry.dumpId());
        if (Entries.head(entry).orElse(null) instanceof Head.Identity identity) {
          defaulted.add(identity.column());
        }
      }
    }
    for (Entry entry : draft.closure.belongings(table)) {
      if (entry.desc().equals("DEFAULT")
          && stager.staged(entry)
          && entry.dependencies().stream().anyMatch(staged::contains)
          && Entries.head(entry).orElse(null) instanceof Head.Part part) {
        defaulted.add(part.name());
      }
    }
    draft
        .closure
        .data(table)
        .filter(data -> !defaulted.isEmpty() && data.copyStmt() != null)
        .ifPresent(data ->
            draft.verify.add(
                new Step.Probe(
                    Entries.name(table),
                    stager.stagedName(Entries.name(table)),
                    EntrySql.copyTarget(data).columns(),
                    List.copyOf(defaulted))));
  }

  /// The dependents that are not there. Each is created if it can be; what cannot be is a refusal, never a shrug.
  private List<Entry> fallen() {
    Set<Integer> gone = new HashSet<>();
    List<Entry> fallen = new ArrayList<>();
    Set<Integer> known = new HashSet<>();
    draft.closure.dependents().forEach(entry -> known.add(entry.dumpId()));
    Set<Integer> inside = new HashSet<>();
    draft.closure.tables().forEach(entry -> inside.add(entry.dumpId()));
    for (Entry entry : draft.closure.dependents()) {
      Entry owner =
          draft
              .closure
              .ownership()
              .owner(entry)
              .filter(o -> known.contains(o.dumpId()))
              .orElse(null);
      if (entry.desc().equals("TABLE") || entry.desc().equals("FOREIGN TABLE")) {
        continue;
      }
      Optional<ObjectId> object = Entries.object(entry);
      if ((entry.desc().equals("TYPE") || entry.desc().equals("DOMAIN"))
          && object.isPresent()
          && draft.target.has(object.get())
          && entry.dependencies().stream()
              .anyMatch(id -> gone.contains(id) || inside.contains(id))) {
        // It is there by name, but the attribute or check that needed the table fell with it.
        draft.refuse(
            "part",
            "%s has lost the part of it that depends on the table".formatted(Wording.of(entry)),
            "Restore the table with --mode beside, and the type by hand.");
        continue;
      }
      boolean ownerGone = owner != null && gone.contains(owner.dumpId());
      boolean followsOwner = owner != null && (object.isEmpty() || Entries.returnRule(entry));
      if (followsOwner ? ownerGone : object.isPresent() && !draft.target.has(object.get())) {
        if (!followsOwner && !reachable(entry)) {
          continue;
        }
        gone.add(entry.dumpId());
        fallen.add(entry);
      } else if (!followsOwner && object.isEmpty() && !harmless(entry)) {
        draft.refuse(
            "unknown",
            "%s depends on the table, and pgmend cannot tell whether the target still has it"
                .formatted(Wording.of(entry)),
            "Restore the table with --mode beside and merge by hand.");
      }
    }
    return fallen;
  }

  private static boolean harmless(Entry entry) {
    return switch (entry.desc()) {
      case "INDEX ATTACH",
          "SEQUENCE SET",
          "SEQUENCE OWNED BY",
          "COMMENT",
          "ACL",
          "SECURITY LABEL",
          "ROW SECURITY",
          "TABLE DATA",
          "STATISTICS DATA",
          "EXTENDED STATISTICS DATA",
          "MATERIALIZED VIEW DATA" ->
          true;
      default -> false;
    };
  }

  /// What is on a table that the target does not have and the restore does not bring cannot come back with this restore.
  private boolean reachable(Entry entry) {
    Entry root = draft.closure.ownership().root(entry);
    boolean part = root.dumpId() != entry.dumpId();
    if (part
        && root.desc().equals("TABLE")
        && draft.target.relation(Entries.name(root)).isEmpty()) {
      String what =
          "%s is on %s, which the target does not have"
              .formatted(Wording.of(entry), Entries.name(root));
      if (draft.request.skipMissing()) {
        draft.notices.add("left out: " + what);
      } else {
        draft.refuse(
            "missing",
            what,
            "Restore %s in the same command, or use --skip-missing."
                .formatted(Entries.name(root).sql()));
      }
      return false;
    }
    return true;
  }

  /// Other tables lose defaults with the functions and sequences that these used, and whole columns with the row type.
  private void repairOutsideTables() {
    for (Entry entry : draft.closure.dependents()) {
      if (!entry.desc().equals("TABLE")) {
        continue;
      }
      QualifiedName name = Entries.name(entry);
      Relation live = draft.target.relation(name).orElse(null);
      if (live == null || !live.isTable()) {
        continue;
      }
      TableDefinition definition = sql.table(entry);
      for (ColumnDefinition column : definition.columns()) {
        Relation.Column found = live.column(column.name()).orElse(null);
        if (found == null) {
          draft.refuse(
              "column",
              "column %s of table %s (type %s) is gone as well"
                  .formatted(Sql.quote(column.name()), name, column.type()),
              "Restore %s in the same command.".formatted(name.sql()));
        } else if (column.defaultExpression() != null && found.defaultExpression().isEmpty()) {
          draft.cut(
              "restore the default of column %s of %s".formatted(Sql.quote(column.name()), name),
              "ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %s"
                  .formatted(name.sql(), Sql.quote(column.name()), column.defaultExpression()),
              "ACCESS EXCLUSIVE on " + name);
          draft.removal(
              "drop the default of column %s of %s".formatted(Sql.quote(column.name()), name),
              "ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT"
                  .formatted(name.sql(), Sql.quote(column.name())));
          preflight.mine(name, "set the default of one of its columns");
        }
      }
      for (TableConstraint constraint : definition.constraints()) {
        String constraintName = constraint.name();
        if (constraintName != null
            && !draft.target.has(new ObjectId(ObjectId.Kind.CONSTRAINT, name, constraintName))) {
          draft.cut(
              "restore constraint %s of %s".formatted(Sql.quote(constraintName), name),
              "ALTER TABLE %s ADD CONSTRAINT %s %s"
                  .formatted(name.sql(), Sql.quote(constraintName), constraint.text()),
              "ACCESS EXCLUSIVE on " + name);
          draft.removal(
              "drop constraint %s of %s".formatted(Sql.quote(constraintName), name),
              "ALTER TABLE %s DROP CONSTRAINT %s".formatted(name.sql(), Sql.quote(constraintName)));
          preflight.mine(name, "add a constraint to it");
        }
      }
    }
  }

  /// {@return why these tables cannot be mended in place, empty if they can}
  List<String> obstacles(List<Entry> tables) {
    List<String> obstacles = new ArrayList<>();
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      Relation live = draft.target.relation(name).orElse(null);
      if (live == null) {
        continue;
      }
      TableDefinition definition = sql.table(table);
      for (ColumnDefinition column : definition.columns()) {
        Relation.Column found = live.column(column.name()).orElse(null);
        if (found == null) {
          obstacles.add(
              "column %s of %s is not in the live table".formatted(Sql.quote(column.name()), name));
        } else if (!found.type().equals(column.type())) {
          obstacles.add(
              "column %s of %s is %s in the backup and %s in the live table"
                  .formatted(Sql.quote(column.name()), name, column.type(), found.type()));
        }
      }
      Set<String> copied =
          draft
              .closure
              .data(table)
              .filter(data -> data.copyStmt() != null)
              .map(data -> new HashSet<>(EntrySql.copyTarget(data).columns()))
              .orElseGet(HashSet::new);
      if (draft.closure.data(table).filter(data -> data.copyStmt() != null).isPresent()) {
        for (Relation.Column column : live.columns()) {
          if (column.generated() == 0 && !copied.contains(column.name())) {
            obstacles.add(
                "column %s of %s is not in the backup".formatted(Sql.quote(column.name()), name));
          } else if (column.generated() != 0 && copied.contains(column.name())) {
            obstacles.add(
                "column %s of %s is generated in the live table"
                    .formatted(Sql.quote(column.name()), name));
          }
        }
      }
      for (TableConstraint constraint : definition.constraints()) {
        String constraintName = constraint.name();
        if (constraintName != null
            && !draft.target.has(new ObjectId(ObjectId.Kind.CONSTRAINT, name, constraintName))) {
          obstacles.add("constraint %s of %s is gone".formatted(Sql.quote(constraintName), name));
        }
      }
    }
    return obstacles;
  }

  /// Plans the tables that are there: their rows, and what is missing of their belongings.
  void mend(List<Entry> tables) {
    Map<QualifiedName, List<Entry>> units = new LinkedHashMap<>();
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      draft.modes.put(name, Mode.MEND);
      Relation live = draft.target.relation(name).orElseThrow();
      preflight.mine(name, "change its rows");
      Entry data = draft.closure.data(table).orElse(null);
      if (data == null) {
        if (!live.isPartitioned()) {
          draft.refuse(
              "no-data",
              "the backup holds no rows of %s".formatted(name),
              "Use a backup that has them.");
        }
        continue;
      }
      if (data.copyStmt() == null) {
        draft.refuse(
            "inserts",
            "the rows of %s are stored as INSERT statements".formatted(name),
            "Use a backup made without --inserts.");
        continue;
      }
      QualifiedName into = EntrySql.copyTarget(data).table();
      boolean rootToo = tables.stream().anyMatch(t -> Entries.name(t).equals(into));
      units.computeIfAbsent(rootToo ? into : name, _ -> new ArrayList<>()).add(data);
    }
    int number = 0;
    for (QualifiedName unit : parentsFirst(units.keySet())) {
      mendRows(++number, unit, units.getOrDefault(unit, List.of()));
    }
    List<Entry> missing = new ArrayList<>();
    for (Entry table : tables) {
      sequences(table);
      missing.addAll(missing(table));
    }
    missing.removeIf(entry -> created.contains(entry.dumpId()));
    preflight.entries(missing, all, created);
    attachments(missing);
    missing.removeIf(entry -> entry.desc().equals("TABLE ATTACH"));
    missing.sort(draft.order);
    missing.forEach(
        entry -> draft.notices.add("missing in the target and restored: " + Wording.of(entry)));
    cutover.execute(missing, _ -> Optional.empty(), Set.of());
  }

  private List<Entry> missing(Entry table) {
    List<Entry> missing = new ArrayList<>();
    Set<Integer> gone = new HashSet<>();
    Relation live = draft.target.relation(Entries.name(table)).orElseThrow();
    for (Entry entry : draft.closure.belongings(table)) {
      Optional<ObjectId> object = Entries.object(entry);
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
        missing.add(entry);
      }
    }
    return missing;
  }

  private void sequences(Entry table) {
    for (Entry entry : draft.closure.belongings(table)) {
      if (entry.desc().equals("SEQUENCE SET")
          && Entries.head(entry).orElse(null) instanceof Head.SequenceSet set
          && draft.target.has(ObjectId.of(ObjectId.Kind.RELATION, set.sequence()))) {
        draft.cut(new Step.AdvanceSequence(set.sequence(), set.last(), set.called()));
      }
    }
  }

  private void mendRows(int number, QualifiedName table, List<Entry> data) {
    Relation live = draft.target.relation(table).orElseThrow();
    List<String> columns = EntrySql.copyTarget(data.getFirst()).columns();
    QualifiedName staged = draft.own("rows_" + number);
    draft.stage.add(
        new Step.Statement(
            "stage the rows of " + table,
            "CREATE UNLOGGED TABLE %s (LIKE %s)".formatted(staged.sql(), table.sql())));
    for (Relation.Column column : live.columns()) {
      if (!columns.contains(column.name())) {
        draft.stage.add(
            new Step.Statement(
                "leave out generated column " + Sql.quote(column.name()),
                "ALTER TABLE %s DROP COLUMN %s".formatted(staged.sql(), Sql.quote(column.name()))));
      }
    }
    draft.load.add(
        new Step.Load(table, staged, columns, data.stream().map(Entry::dumpId).toList()));
    draft.load.add(
        new Step.Statement(
            "collect statistics of the staged rows of " + table, "ANALYZE " + staged.sql()));
    List<String> quiet = new ArrayList<>();
    List<String> loud = new ArrayList<>();
    quieten(live, quiet, loud);
    Optional<Snapshot.Key> usable =
        draft.target.keys().stream()
            .filter(found ->
                found.table().equals(table)
                    && columns.containsAll(found.columns())
                    && found.operators().size() == found.columns().size())
            .findFirst();
    List<String> key = usable.map(Snapshot.Key::columns).orElse(List.of());
    Step.Mend mend =
        new Step.Mend(
            number,
            table,
            staged,
            columns,
            fixed(live, key, quiet, loud),
            key,
            usable.map(Snapshot.Key::operators).orElse(List.of()),
            !live.isPartitioned(),
            quiet,
            loud,
            cascades(live, key, number),
            updateCascades(live, key, number),
            incoming(live),
            draft.own("gone_" + number),
            draft.own("came_" + number));
    draft.cut(mend);
    draft.inverse(mend);
  }

  /// What would run or hide rows while the table is changed, and how it is put back exactly as it was.
  private void quieten(Relation live, List<String> quiet, List<String> loud) {
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
      if (touched.contains(trigger.table())
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
    unvalidated(live, quiet, loud);
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
  private void unvalidated(Relation live, List<String> quiet, List<String> loud) {
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
      Relation live, List<String> key, List<String> quiet, List<String> loud) {
    List<String> fixed = new ArrayList<>();
    for (Relation.Column column : live.columns()) {
      if (column.identity() != 'a') {
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

  private List<Step.Mend.Incoming> incoming(Relation live) {
    List<Step.Mend.Incoming> result = new ArrayList<>();
    for (Snapshot.ForeignKey key : draft.target.foreignKeys()) {
      if (!family(live.name()).contains(key.references())) {
        continue;
      }
      ForeignKeyDefinition definition =
          ForeignKeyDefinition.parseBody(
              key.table(), !key.partitioned(), key.name(), key.definition());
      boolean atOnce =
          definition.notEnforced()
              || (key.partitioned() && draft.target.server().version() < 180000);
      boolean mine = draft.target.relation(key.table()).map(Relation::mine).orElse(false);
      String table = key.table().sql();
      String name = Sql.quote(key.name());
      result.add(
          new Step.Mend.Incoming(
              key.table() + "." + name,
              mine ? "ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, name) : "",
              "ALTER TABLE %s%s ADD CONSTRAINT %s %s%s%s"
                  .formatted(
                      key.partitioned() ? "" : "ONLY ",
                      table,
                      name,
                      definition.body(),
                      atOnce ? "" : " NOT VALID",
                      key.comment().isEmpty()
                          ? ""
                          : ";\nCOMMENT ON CONSTRAINT %s ON %s IS %s"
                              .formatted(name, table, Sql.literal(key.comment()))),
              key.validated() && !atOnce
                  ? new Step.Validate(
                          key.table(), key.name(), cutover.forced(key.table(), key.references()))
                      .sql()
                  : ""));
    }
    return result;
  }

  /// {@return the table and the partitioned tables that it is a part of}
  private Set<QualifiedName> family(QualifiedName table) {
    Set<QualifiedName> family = new LinkedHashSet<>(Set.of(table));
    List<QualifiedName> queue = new ArrayList<>(family);
    for (int i = 0; i < queue.size(); i++) {
      for (Snapshot.Inheritance link : draft.target.parents(queue.get(i))) {
        if (link.isPartition() && family.add(link.parent())) {
          queue.add(link.parent());
        }
      }
    }
    return family;
  }

  /// Tables before those that refer to them, as far as there is such an order.
  private List<QualifiedName> parentsFirst(java.util.Collection<QualifiedName> tables) {
    Set<QualifiedName> ordered = new LinkedHashSet<>();
    List<QualifiedName> left = new ArrayList<>(tables);
    while (!left.isEmpty()) {
      QualifiedName next =
          left.stream()
              .filter(table ->
                  draft.target.foreignKeys().stream()
                      .filter(key -> key.table().equals(table) && !key.references().equals(table))
                      .noneMatch(key -> left.contains(key.references())))
              .findFirst()
              .orElse(left.getFirst());
      left.remove(next);
      ordered.add(next);
    }
    return List.copyOf(ordered);
  }

  /// Queries that count the rows of other tables which changing a referenced value here would change as well.
  private List<String> updateCascades(Relation live, List<String> key, int number) {
    List<String> queries = new ArrayList<>();
    for (Snapshot.ForeignKey foreignKey : draft.target.foreignKeys()) {
      if (key.isEmpty()
          || foreignKey.table().equals(live.name())
          || !family(live.name()).contains(foreignKey.references())
          || "cnd".indexOf(foreignKey.updateAction()) < 0
          || key.containsAll(foreignKey.referencedColumns())) {
        continue;
      }
      queries.add(
          "SELECT count(*) FROM %s AS x JOIN %s AS g ON (%s) = (%s) JOIN %s AS c ON %s WHERE (%s) IS DISTINCT FROM (%s)"
              .formatted(
                  foreignKey.table().sql(),
                  draft.own("gone_" + number).sql(),
                  listed("x", foreignKey.columns()),
                  listed("g", foreignKey.referencedColumns()),
                  draft.own("came_" + number).sql(),
                  "ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.=) ROW(%s)::pg_catalog.record"
                      .formatted(listed("c", key), listed("g", key)),
                  listed("c", foreignKey.referencedColumns()),
                  listed("g", foreignKey.referencedColumns())));
    }
    return queries;
  }

  private static String listed(String alias, List<String> columns) {
    return String.join(
        ", ", columns.stream().map(column -> alias + "." + Sql.quote(column)).toList());
  }

  /// Queries that count the rows of other tables which deleting rows here would delete or change as well.
  private List<String> cascades(Relation live, List<String> key, int number) {
    Set<QualifiedName> family = family(live.name());
    List<String> queries = new ArrayList<>();
    for (Snapshot.ForeignKey foreignKey : draft.target.foreignKeys()) {
      if (family.contains(foreignKey.references())
          && "cnd".indexOf(foreignKey.deleteAction()) >= 0) {
        String child =
            String.join(
                ", ",
                foreignKey.columns().stream().map(column -> "x." + Sql.quote(column)).toList());
        String parent =
            String.join(
                ", ",
                foreignKey.referencedColumns().stream()
                    .map(column -> "g." + Sql.quote(column))
                    .toList());
        String survives =
            key.isEmpty()
                ? ""
                : " AND NOT EXISTS (SELECT 1 FROM %s AS c WHERE ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.=) ROW(%s)::pg_catalog.record)"
                    .formatted(
                        draft.own("came_" + number).sql(),
                        String.join(
                            ", ", key.stream().map(column -> "c." + Sql.quote(column)).toList()),
                        String.join(
                            ", ", key.stream().map(column -> "g." + Sql.quote(column)).toList()));
        queries.add(
            "SELECT count(*) FROM %s AS x JOIN %s AS g ON (%s) = (%s)%s"
                .formatted(
                    foreignKey.table().sql(),
                    draft.own("gone_" + number).sql(),
                    child,
                    parent,
                    survives));
      }
    }
    return queries;
  }
}
