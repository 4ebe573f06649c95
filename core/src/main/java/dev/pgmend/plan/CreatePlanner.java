package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// Plans [Mode#CREATE]: what is gone is created, with what fell with it.
final class CreatePlanner {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Map<Integer, Entry> all;
  private final Cutover cutover;

  /// What the creation of tables brings; a table that is there need not bring it again.
  private final Set<Integer> created;

  private final List<Entry> later = new ArrayList<>();

  /// What comes back although no table is gone, and the parts of types that fell with it.
  private final Set<Integer> recovered = new HashSet<>();

  private final LostTypeParts recoveredParts;

  CreatePlanner(
      Draft draft, EntrySql sql, Preflight preflight, Map<Integer, Entry> all, Cutover cutover) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    this.all = all;
    this.cutover = cutover;
    this.created = draft.created;
    this.recoveredParts = new LostTypeParts(draft, sql, preflight, List.of());
  }

  /// {@return the entries that the plan creates so far}
  Set<Integer> created() {
    return created;
  }

  /// Plans the tables that are gone.
  ///
  /// @param mended where the rows are that other tables will have, which are restored by the same plan
  void create(List<Entry> tables, Function<QualifiedName, Optional<QualifiedName>> mended) {
    tables.forEach(table -> draft.modes.put(Entries.name(table), Mode.CREATE));
    Set<Integer> late = new HashSet<>();
    LostTypeParts parts = new LostTypeParts(draft, sql, preflight, tables);
    List<Entry> fallen = fallen(Optional.of(parts));
    afterwards(tables, fallen);
    // Staging keeps a table's own name, which is free only in a schema of the run's own.
    Optional<String> hidden =
        draft.home.isOwn()
            ? HiddenReads.find(draft.closure, all.values())
            : Optional.of("--staging-schema was asked for");
    List<Entry> brought = new ArrayList<>(draft.closure.belongings());
    brought.addAll(fallen);
    new ReplicationCheck(draft).created(tables, brought, hidden.isPresent());
    if (hidden.isPresent()) {
      draft.notices.add("no staging, one long transaction instead: " + hidden.get());
      createInPlace(tables, fallen, mended, parts);
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
    LostColumns columns = new LostColumns(draft, sql, preflight, all, tables);
    columns.plan();
    parts.planAttributes();
    cutover.attach(rest);
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
                : mended.apply(name),
        withTables);
    for (Entry table : tables) {
      probe(draft, table, stager);
    }
    parts.planChecks();
    repairOutsideTables(columns);
  }

  /// What fell and uses a table that is there waits until that one, too, is as it will be: it may be exchanged.
  private void afterwards(List<Entry> tables, List<Entry> fallen) {
    Set<Integer> waited = new HashSet<>();
    draft.closure.tables().stream()
        .filter(table -> !tables.contains(table))
        .forEach(table -> waited.add(table.dumpId()));
    boolean grown = !waited.isEmpty();
    while (grown) {
      grown = false;
      for (Entry entry : fallen) {
        if (entry.dependencies().stream().anyMatch(waited::contains)) {
          grown |= waited.add(entry.dumpId());
        }
      }
    }
    fallen.stream().filter(entry -> waited.contains(entry.dumpId())).forEach(later::add);
    fallen.removeAll(later);
    created(later);
  }

  private void created(List<Entry> entries) {
    entries.forEach(entry -> created.add(entry.dumpId()));
  }

  /// Plans what is gone and depended on tables that are there, as after ALTER TABLE … DROP COLUMN … CASCADE: it comes back when these
  /// are what they were. What needs something else that is gone, too, stays a difference.
  void recover() {
    List<Entry> lost = fallen(Optional.empty());
    Set<Integer> there = new HashSet<>();
    for (List<Entry> part : List.of(draft.closure.tables(), draft.closure.belongings(), lost)) {
      part.forEach(entry -> there.add(entry.dumpId()));
    }
    boolean shrunk = true;
    while (shrunk) {
      shrunk = lost.removeIf(entry -> !there.contains(entry.dumpId()) || lacks(entry, there));
      Set<Integer> left = new HashSet<>();
      lost.forEach(entry -> left.add(entry.dumpId()));
      draft.closure.dependents().stream()
          .map(Entry::dumpId)
          .filter(id -> !left.contains(id))
          .forEach(there::remove);
    }
    lost.stream()
        .filter(entry ->
            draft.closure.ownership().owner(entry).isEmpty()
                || entry.desc().equals("FK CONSTRAINT"))
        .forEach(
            entry -> draft.notices.add("missing in the target and restored: " + Wording.of(entry)));
    later.addAll(lost);
    created(lost);
    lost.forEach(entry -> recovered.add(entry.dumpId()));
    for (Entry entry : draft.closure.dependents()) {
      Optional<ObjectId> object = Entries.object(entry);
      boolean type = entry.desc().equals("TYPE") || entry.desc().equals("DOMAIN");
      if (type && usesRecovered(entry) && object.filter(draft.target::has).isPresent()) {
        recoveredParts.add(entry);
      }
      otherKind(entry);
    }
  }

  private boolean usesRecovered(Entry entry) {
    return entry.dependencies().stream().anyMatch(recovered::contains);
  }

  /// A relation of the same name may be something else today.
  private void otherKind(Entry entry) {
    char kind =
        switch (entry.desc()) {
          case "VIEW" -> 'v';
          case "MATERIALIZED VIEW" -> 'm';
          default -> 0;
        };
    if (kind != 0) {
      draft
          .target
          .relation(Entries.name(entry))
          .filter(live -> live.kind() != kind)
          .ifPresent(live ->
              draft.refuse(
                  "kind",
                  "%s is gone, and the target has something else of that name"
                      .formatted(Wording.of(entry)),
                  "Rename that, or use --mode mend to go without the view."));
    }
  }

  private boolean lacks(Entry entry, Set<Integer> there) {
    for (int id : entry.dependencies()) {
      Entry need = all.get(id);
      Optional<ObjectId> object = need == null ? Optional.empty() : Entries.object(need);
      if (object.isPresent() && !there.contains(id) && !draft.target.has(object.get())) {
        return true;
      }
    }
    return false;
  }

  /// Plans what has to wait for the other tables of the plan.
  ///
  /// @param staged where the rows are that these will have
  void finish(Function<QualifiedName, Optional<QualifiedName>> staged) {
    Set<Integer> there = new HashSet<>(created);
    draft.closure.tables().forEach(entry -> there.add(entry.dumpId()));
    draft.closure.belongings().forEach(entry -> there.add(entry.dumpId()));
    preflight.entries(later, all, there);
    later.sort(draft.order);
    cutover.execute(later, staged, Set.of());
    if (!recovered.isEmpty()) {
      recoveredParts.planAttributes();
      recoveredParts.planChecks();
      repairOutsideTables(this::usesRecovered);
    }
  }

  /// As pg_restore would, in the archive's order and under the final names, but in one transaction that is committed only when
  /// the rows are proved: for tables that cannot be built under other names first.
  private void createInPlace(
      List<Entry> tables,
      List<Entry> fallen,
      Function<QualifiedName, Optional<QualifiedName>> mended,
      LostTypeParts parts) {
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
    LostColumns columns = new LostColumns(draft, sql, preflight, all, tables);
    columns.plan();
    parts.planAttributes();
    cutover.attach(attached);
    int counts = draft.verify.size();
    cutover.execute(rest, mended, withTables);
    // There is nothing to count before the tables exist: the foreign keys are the last steps, and
    // the counts go before them.
    List<Step> late = List.copyOf(draft.verify.subList(counts, draft.verify.size()));
    draft.verify.subList(counts, draft.verify.size()).clear();
    int firstKey = draft.firstForeignKey();
    draft.cutover.addAll(firstKey, late);
    parts.planChecks();
    repairOutsideTables(columns);
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
        new LoadStep.Load(
            into,
            into,
            EntrySql.copyTarget(data.getFirst()).columns(),
            data.stream().map(Entry::dumpId).toList()));
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
                new CheckStep.Probe(
                    Entries.name(table),
                    stager.stagedName(Entries.name(table)),
                    EntrySql.copyTarget(data).columns(),
                    List.copyOf(defaulted))));
  }

  /// The dependents that are not there. Each is created if it can be; what cannot be is a refusal, never a shrug.
  ///
  /// @param parts takes lost parts of types; empty where no table is gone and nothing is refused
  private List<Entry> fallen(Optional<LostTypeParts> parts) {
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
      if (entry.desc().equals("TABLE")
          || entry.desc().equals("FOREIGN TABLE")
              && !ForeignPartitions.names(draft.closure).contains(Entries.name(entry))) {
        continue;
      }
      Optional<ObjectId> object = Entries.object(entry);
      if ((entry.desc().equals("TYPE") || entry.desc().equals("DOMAIN"))
          && object.isPresent()
          && draft.target.has(object.get())
          && entry.dependencies().stream()
              .anyMatch(id -> gone.contains(id) || inside.contains(id))) {
        // It is there by name, but the attribute or check that needed the table fell with it.
        parts.ifPresent(lost -> lost.add(entry));
        continue;
      }
      boolean ownerGone = owner != null && gone.contains(owner.dumpId());
      boolean followsOwner = owner != null && (object.isEmpty() || Entries.returnRule(entry));
      if (followsOwner ? ownerGone : object.isPresent() && !draft.target.has(object.get())) {
        if (!followsOwner && !reachable(entry, parts.isPresent())) {
          continue;
        }
        gone.add(entry.dumpId());
        fallen.add(entry);
      } else if (parts.isPresent() && !followsOwner && object.isEmpty() && !harmless(entry)) {
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
  private boolean reachable(Entry entry, boolean refuse) {
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
      } else if (refuse) {
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
  private void repairOutsideTables(LostColumns columns) {
    columns.finish();
    repairOutsideTables(_ -> true);
  }

  private void repairOutsideTables(Predicate<Entry> concerned) {
    for (Entry entry : draft.closure.dependents()) {
      if (!entry.desc().equals("TABLE") || !concerned.test(entry)) {
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
        if (column.defaultExpression() != null
            && found != null
            && found.defaultExpression().isEmpty()) {
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
}
