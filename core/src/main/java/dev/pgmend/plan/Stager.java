package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.plan.EntrySql.CopyTarget;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.KeyDefinition;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Plans the staged copies of tables: created from the backup's definitions under names in the run's schemas, loaded, given
/// their keys, constraints and indexes. What cannot be built there — foreign keys, triggers, policies, grants — is left to the
/// cutover.
final class Stager {
  private static final Set<String> FIRST =
      Set.of("TABLE", "SEQUENCE", "SEQUENCE OWNED BY", "DEFAULT", "TABLE ATTACH");
  private static final Set<String> BUILT =
      Set.of("CONSTRAINT", "CHECK CONSTRAINT", "INDEX", "INDEX ATTACH", "STATISTICS");

  /// A parent outside the restore, stood in for by an empty shell while its child is staged.
  record Shell(QualifiedName table, QualifiedName parent, QualifiedName shell) {}

  private final Draft draft;
  private final EntrySql sql;
  private final List<Entry> tables;
  private final Map<QualifiedName, QualifiedName> names = new LinkedHashMap<>();
  private final Map<QualifiedName, QualifiedName> regclass = new HashMap<>();
  private final Set<Integer> done = new HashSet<>();
  private final List<Shell> shells = new ArrayList<>();
  private final Set<QualifiedName> liveSequences;

  /// @param liveSequences serial sequences that exist in the target and stay: they are not staged
  Stager(Draft draft, EntrySql sql, List<Entry> tables, Set<QualifiedName> liveSequences) {
    this.draft = draft;
    this.sql = sql;
    this.tables = tables;
    this.liveSequences = liveSequences;
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      names.put(name, staged(name));
      draft.stagedTypes.put(name, staged(name));
      for (Entry entry : draft.closure.belongings(table)) {
        if (entry.desc().equals("SEQUENCE")) {
          QualifiedName sequence =
              Entries.head(entry).orElse(null) instanceof Head.Identity identity
                  ? identity.sequence()
                  : Entries.name(entry);
          if (!liveSequences.contains(sequence)) {
            names.put(sequence, staged(sequence));
          }
        }
      }
    }
  }

  private QualifiedName staged(QualifiedName name) {
    return new QualifiedName(draft.staging(name.schema()), name.name());
  }

  /// {@return where a table or sequence is staged}
  QualifiedName stagedName(QualifiedName name) {
    QualifiedName staged = names.get(name);
    if (staged == null) {
      throw new IllegalArgumentException("not staged: " + name);
    }
    return staged;
  }

  Map<QualifiedName, QualifiedName> names() {
    return names;
  }

  List<Shell> shells() {
    return shells;
  }

  /// {@return whether the entry's object exists in staging before the cutover}
  boolean staged(Entry entry) {
    return done.contains(entry.dumpId());
  }

  /// Adds the steps of stage, load, build and verify.
  void plan(Set<Integer> lateEntries) {
    List<Entry> all = new ArrayList<>(tables);
    Set<Integer> wanted = new HashSet<>();
    tables.forEach(table -> wanted.add(table.dumpId()));
    for (Entry entry : draft.closure.belongings()) {
      if (wanted.contains(draft.closure.ownership().root(entry).dumpId())) {
        all.add(entry);
      }
    }
    Set<Integer> late = late(all, lateEntries);
    for (Entry entry : inArchiveOrder(all)) {
      if (FIRST.contains(entry.desc()) && !late.contains(entry.dumpId()) && internal(entry)) {
        first(entry);
      }
    }
    loads();
    BuildOrder order = new BuildOrder();
    for (Entry entry : inArchiveOrder(all)) {
      if (BUILT.contains(entry.desc()) && !late.contains(entry.dumpId()) && internal(entry)) {
        build(entry, order);
      }
    }
    draft.build.addAll(order.steps());
    for (Entry entry : inArchiveOrder(all)) {
      if (Entries.head(entry).orElse(null) instanceof Head.SequenceSet set
          && names.containsKey(set.sequence())) {
        draft.build.add(
            new Step.Statement(
                "set the position of the staged sequence " + set.sequence(),
                "SELECT pg_catalog.setval(%s, %d, %s)"
                    .formatted(
                        dev.pgmend.sql.Sql.literal(stagedName(set.sequence()).sql()),
                        set.last(),
                        set.called())));
      }
    }
    for (Entry table : tables) {
      draft.build.add(
          new BuildStep.Analyze(
              "collect statistics of " + Entries.name(table),
              "ANALYZE %s".formatted(stagedName(Entries.name(table)).sql())));
    }
  }

  private List<Entry> inArchiveOrder(List<Entry> entries) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(java.util.Comparator.comparingLong(Entry::tocOffset));
    return sorted;
  }

  /// What needs something that exists only after the cutover has to wait for it, and so does what needs that.
  private Set<Integer> late(List<Entry> entries, Set<Integer> lateEntries) {
    Set<Integer> late = new HashSet<>(lateEntries);
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Entry entry : entries) {
        if (!late.contains(entry.dumpId())
            && entry.dependencies().stream().anyMatch(late::contains)) {
          late.add(entry.dumpId());
          grown = true;
          if (entry.desc().equals("TABLE")) {
            draft.refuse(
                "cycle",
                "the definition of table %s uses an object that exists only after the table"
                    .formatted(Entries.name(entry)),
                "Restore the tables one by one.");
          }
        }
      }
    }
    return late;
  }

  /// {@return whether both ends of an attachment are staged; other entries have only one end}
  private boolean internal(Entry entry) {
    return switch (Entries.head(entry).orElse(null)) {
      case Head.TableAttach attach -> names.containsKey(attach.parent());
      case Head.IndexAttach attach ->
          draft
              .closure
              .ownership()
              .relation(attach.parent())
              .map(draft.closure.ownership()::root)
              .filter(root -> names.containsKey(Entries.name(root)))
              .isPresent();
      case Head.OwnedBy owned -> !liveSequences.contains(owned.sequence());
      case null, default -> {
        if (entry.desc().equals("SEQUENCE") && !Entries.isIdentity(entry)) {
          yield !liveSequences.contains(Entries.name(entry));
        }
        // A default that reads a sequence which stays where it is is set in the cutover, together
        // with the ownership.
        yield !(entry.desc().equals("DEFAULT") && readsLiveSequence(entry));
      }
    };
  }

  private boolean readsLiveSequence(Entry entry) {
    return draft.closure.belongings().stream()
        .filter(
            other -> other.desc().equals("SEQUENCE") && liveSequences.contains(Entries.name(other)))
        .anyMatch(sequence -> entry.dependencies().contains(sequence.dumpId()));
  }

  private void first(Entry entry) {
    done.add(entry.dumpId());
    String prefix = "";
    String suffix = "";
    Map<QualifiedName, QualifiedName> relocation = names;
    InheritedOrder.Rebuilt rebuilt = null;
    if (entry.desc().equals("TABLE")) {
      rebuilt = new InheritedOrder(draft.closure, sql).rebuilt(entry).orElse(null);
      relocation = rebuilt == null ? shells(entry) : standIn(entry, rebuilt);
      prefix = storage(entry);
      suffix =
          after(
              Owners.undoDefaultPrivileges(
                  entry, stagedName(Entries.name(entry)), "", draft.target));
    } else if (entry.desc().equals("SEQUENCE") && !Entries.isIdentity(entry)) {
      suffix =
          after(
              Owners.undoDefaultPrivileges(
                  entry, stagedName(Entries.name(entry)), "", draft.target));
    } else if (Entries.head(entry).orElse(null) instanceof Head.Identity identity) {
      suffix =
          after(
              Owners.undoDefaultPrivileges(
                  entry, stagedName(identity.sequence()), "", draft.target));
    }
    String definition =
        rebuilt == null
            ? sql.relocated(entry, relocation)
            : sql.relocated(entry, rebuilt.child(), relocation);
    if (entry.desc().equals("TABLE")) {
      // A column of another table's row type: the type moves with its table.
      definition = NameSubstitution.apply(definition, draft.stagedTypes);
    }
    if (entry.desc().equals("TABLE") && quietable(entry)) {
      // It would keep the cutover waiting for its lock.
      suffix +=
          ";\nALTER TABLE %s SET (autovacuum_enabled = off)"
              .formatted(stagedName(Entries.name(entry)).sql());
    }
    draft.stage.add(
        new Step.Statement(title(entry), prefix + strip(definition) + suffix, "", entry.dumpId()));
    Entries.object(entry).ifPresent(object -> draft.expect(object, entry));
  }

  /// {@return what lets autovacuum come to a table again that is no longer staged, to be followed by other statements}
  ///
  /// @param now the name that it has then
  String awake(Entry table, QualifiedName now) {
    return quietable(table)
        ? "ALTER TABLE %s RESET (autovacuum_enabled);\n".formatted(now.sql())
        : "";
  }

  /// {@return whether autovacuum can be kept from the staged table without losing what the backup says of that}
  private boolean quietable(Entry table) {
    return table.desc().equals("TABLE")
        && !isPartitioned(table)
        && !table.defn().contains("autovacuum_enabled");
  }

  /// Stages the table that a child with columns in an unusual order is made from.
  ///
  /// {@return the names that the child's own definition is to be relocated with}
  private Map<QualifiedName, QualifiedName> standIn(Entry entry, InheritedOrder.Rebuilt rebuilt) {
    QualifiedName name = Entries.name(entry);
    List<QualifiedName> parents = sql.table(entry).inherits();
    QualifiedName standIn =
        new QualifiedName(
            draft.staging(name.schema()),
            shorten("columns_of_" + entry.dumpId() + "_" + name.name()));
    Map<QualifiedName, QualifiedName> first = new HashMap<>(names);
    first.put(name, standIn);
    draft.stage.add(
        new Step.Statement(
            "stand in for the parents of %s, with its columns in order".formatted(name),
            EntrySql.relocated(rebuilt.standIn(), first)));
    for (QualifiedName parent : parents) {
      shells.add(new Shell(name, parent, standIn));
      requireParent(entry, parent);
    }
    Map<QualifiedName, QualifiedName> own = new HashMap<>(names);
    own.put(parents.getFirst(), standIn);
    return own;
  }

  private void requireParent(Entry entry, QualifiedName parent) {
    if (!inside(parent) && draft.target.relation(parent).isEmpty()) {
      draft.refuse(
          "missing",
          "table %s inherits from %s, which the target does not have"
              .formatted(Entries.name(entry), parent),
          "Restore %s instead; its children come with it.".formatted(parent.sql()));
    }
  }

  private static String title(Entry entry) {
    return "stage " + Wording.of(entry);
  }

  static String after(List<String> statements) {
    return statements.isEmpty() ? "" : ";\n" + String.join(";\n", statements);
  }

  static String strip(String statement) {
    return statement.strip().replaceFirst(";$", "");
  }

  /// The settings that pg_restore makes before it creates a table. Source: pg_backup_archiver.c, `_selectTablespace`.
  static String storage(Entry entry) {
    StringBuilder text = new StringBuilder();
    if (!entry.tablespace().isEmpty()) {
      text.append("SET LOCAL default_tablespace = ")
          .append(dev.pgmend.sql.Sql.quote(entry.tablespace()))
          .append(";\n");
    }
    if (!entry.tableAccessMethod().isEmpty() && !entry.tableAccessMethod().equals("heap")) {
      text.append("SET LOCAL default_table_access_method = ")
          .append(dev.pgmend.sql.Sql.quote(entry.tableAccessMethod()))
          .append(";\n");
    }
    return text.toString();
  }

  /// Columns that a child inherits are marked so in the catalog, and that mark cannot be given later: a child with a parent
  /// outside the restore is staged under empty copies of its parents, and the cutover adds the real ones, in their order,
  /// before it takes the copies away.
  ///
  /// {@return the names that the child's own definition is to be relocated with}
  private Map<QualifiedName, QualifiedName> shells(Entry entry) {
    List<QualifiedName> parents = sql.table(entry).inherits();
    if (parents.stream().allMatch(this::inside)) {
      return names;
    }
    Map<QualifiedName, QualifiedName> own = new HashMap<>(names);
    for (QualifiedName parent : parents) {
      QualifiedName shell =
          new QualifiedName(
              draft.staging(parent.schema()),
              shorten("parent_of_" + entry.dumpId() + "_" + parent.name()));
      own.put(parent, shell);
      shells.add(new Shell(Entries.name(entry), parent, shell));
      QualifiedName like = inside(parent) ? stagedName(parent) : parent;
      draft.stage.add(
          new Step.Statement(
              "stand in for parent " + parent,
              "CREATE TABLE %s (LIKE %s INCLUDING CONSTRAINTS INCLUDING GENERATED)"
                  .formatted(shell.sql(), like.sql())));
      requireParent(entry, parent);
    }
    return own;
  }

  private boolean inside(QualifiedName table) {
    return tables.stream().anyMatch(entry -> Entries.name(entry).equals(table));
  }

  static String shorten(String name) {
    byte[] bytes = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    if (bytes.length <= 63) {
      return name;
    }
    String cut = name;
    while (cut.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 63) {
      cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
    }
    return cut;
  }

  private void loads() {
    Map<QualifiedName, List<Entry>> byTarget = new LinkedHashMap<>();
    for (Entry table : tables) {
      Entry data = draft.closure.data(table).orElse(null);
      if (data == null) {
        if (!isPartitioned(table)) {
          draft.refuse(
              "no-data",
              "the backup holds no rows of %s (a schema-only dump, or the table's data was excluded)"
                  .formatted(Entries.name(table)),
              "Use a backup that has them.");
        }
        continue;
      }
      if (data.copyStmt() == null) {
        draft.refuse(
            "inserts",
            "the rows of %s are stored as INSERT statements".formatted(Entries.name(table)),
            "Use a backup made without --inserts.");
        continue;
      }
      CopyTarget copy = EntrySql.copyTarget(data);
      // Rows dumped for loading through the partition root go there if the root is staged, else
      // into the partition itself.
      QualifiedName into =
          tables.stream().anyMatch(t -> Entries.name(t).equals(copy.table()))
              ? copy.table()
              : Entries.name(table);
      byTarget.computeIfAbsent(into, _ -> new ArrayList<>()).add(data);
      done.add(data.dumpId());
    }
    byTarget.forEach((into, data) ->
        draft.load.add(
            new LoadStep.Load(
                into,
                stagedName(into),
                EntrySql.copyTarget(data.getFirst()).columns(),
                data.stream().map(Entry::dumpId).toList())));
  }

  /// {@return whether the key comes out the same if its index is built first} Partitioned tables take none, and since PostgreSQL 18 a primary
  /// key that takes one makes inherited NOT NULL constraints local as well. Source: tablecmds.c, `ATExecSetNotNull`.
  private boolean canTakeIndex(QualifiedName name, KeyDefinition key) {
    Entry table =
        tables.stream().filter(entry -> Entries.name(entry).equals(name)).findFirst().orElse(null);
    return table != null
        && !isPartitioned(table)
        && !(key.isPrimary() && draft.target.server().major() >= 18 && isChild(table));
  }

  private boolean isChild(Entry table) {
    return !sql.table(table).inherits().isEmpty()
        || draft.closure.belongings(table).stream()
            .anyMatch(entry -> entry.desc().equals("TABLE ATTACH"));
  }

  boolean isPartitioned(Entry table) {
    return sql.table(table).partitionBy() != null;
  }

  private void build(Entry entry, BuildOrder order) {
    done.add(entry.dumpId());
    switch (Entries.head(entry).orElse(null)) {
      case Head.CreateIndex index -> {
        index(index.qualifiedName());
        order.index(entry, storage(entry), definition(entry), stagedName(index.table()));
      }
      case Head.Part part when entry.desc().equals("CONSTRAINT") -> {
        index(new QualifiedName(part.relation().schema(), part.name()));
        order.constraint(
            entry, storage(entry), definition(entry), key -> canTakeIndex(part.relation(), key));
      }
      case Head.IndexAttach _ -> order.attach(entry, definition(entry));
      case null, default -> order.alone(entry, storage(entry) + definition(entry));
    }
    Entries.object(entry).ifPresent(object -> draft.expect(object, entry));
    if (entry.desc().equals("STATISTICS")
        && Entries.head(entry).orElse(null) instanceof Head.CreateStatistics statistics) {
      regclass.put(
          statistics.name(),
          new QualifiedName(stagedName(statistics.table()).schema(), statistics.name().name()));
    }
  }

  private String definition(Entry entry) {
    return strip(sql.relocated(entry, names));
  }

  /// An index bears its own name or its constraint's; a later INDEX ATTACH refers to it.
  private void index(QualifiedName name) {
    names.putIfAbsent(name, staged(name));
  }

  /// {@return extended statistics that were staged, by their final name}
  Map<QualifiedName, QualifiedName> statistics() {
    return regclass;
  }

  /// {@return the object of an identity or serial sequence's final name}
  static ObjectId relation(QualifiedName name) {
    return ObjectId.of(ObjectId.Kind.RELATION, name);
  }
}
