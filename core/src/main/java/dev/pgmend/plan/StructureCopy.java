package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Plans the comparison of live tables with the backup's definitions of them: an empty copy is built from the definitions in a
/// transaction that is rolled back, and the server describes both.
final class StructureCopy {
  private static final Set<String> COPIED =
      Set.of(
          "TABLE",
          "SEQUENCE",
          "SEQUENCE OWNED BY",
          "DEFAULT",
          "TABLE ATTACH",
          "CONSTRAINT",
          "CHECK CONSTRAINT",
          "INDEX",
          "INDEX ATTACH",
          "STATISTICS",
          "RULE",
          "TRIGGER",
          "ROW SECURITY",
          "POLICY",
          "COMMENT",
          "ACL");

  private final Draft draft;
  private final EntrySql sql;
  private final List<Entry> tables;
  private final Set<Integer> created;
  private final Map<QualifiedName, QualifiedName> names = new HashMap<>();
  private final Map<String, String> schemas = new LinkedHashMap<>();
  private final List<String> statements = new ArrayList<>();
  private final Set<QualifiedName> inside = new HashSet<>();
  private final Map<String, String> remedies = new HashMap<>();

  StructureCopy(Draft draft, EntrySql sql, List<Entry> tables, Set<Integer> created) {
    this.draft = draft;
    this.sql = sql;
    this.tables = tables;
    this.created = created;
  }

  /// {@return what can be done about a difference that is known from the plan}
  String remedy(String difference) {
    return remedies.getOrDefault(
        difference,
        "--mode mend brings back the rows and leaves the definition as it is; --mode swap replaces the table by the backup's.");
  }

  /// @param accepted whether the user has chosen the mode and so what happens to differences
  /// @param swaps whether the tables are replaced, and not only their rows
  CheckStep.CompareStructure plan(boolean accepted, boolean swaps) {
    for (Entry table : tables) {
      inside.add(Entries.name(table));
      names.put(Entries.name(table), copy(Entries.name(table)));
    }
    List<Entry> entries = new ArrayList<>(tables);
    for (Entry table : tables) {
      entries.addAll(draft.closure.belongings(table));
    }
    for (Entry entry : entries) {
      switch (Entries.head(entry).orElse(null)) {
        case Head.Identity identity -> names.put(identity.sequence(), copy(identity.sequence()));
        case Head.CreateIndex index ->
            names.put(index.qualifiedName(), copy(index.qualifiedName()));
        case Head.CreateStatistics statistics ->
            names.put(
                statistics.name(),
                new QualifiedName(copy(statistics.table()).schema(), statistics.name().name()));
        case Head.Named named when entry.desc().equals("SEQUENCE") ->
            names.put(named.name(), copy(named.name()));
        case Head.Part part when entry.desc().equals("CONSTRAINT") -> {
          QualifiedName index = new QualifiedName(part.relation().schema(), part.name());
          names.put(index, copy(index));
        }
        case null, default -> {}
      }
    }
    entries.sort(Comparator.comparingInt(StructureCopy::rank).thenComparingLong(Entry::tocOffset));
    for (Entry entry : entries) {
      if (COPIED.contains(entry.desc())) {
        add(entry);
      }
    }
    StringBuilder backup = new StringBuilder();
    entries.forEach(entry -> backup.append(entry.defn()).append('\n'));
    Map<QualifiedName, QualifiedName> pairs = new LinkedHashMap<>();
    tables.forEach(table -> pairs.put(Entries.name(table), copy(Entries.name(table))));
    return new CheckStep.CompareStructure(
        pairs,
        schemas,
        statements,
        backup.toString(),
        differences(entries, swaps),
        partial(),
        lost(entries),
        accepted);
  }

  /// {@return the parts of the tables that are gone: a mend brings them back}
  private Set<String> lost(List<Entry> entries) {
    Set<String> lost = new HashSet<>();
    for (Entry entry : entries) {
      Entries.object(entry)
          .filter(object -> !draft.target.has(object))
          .ifPresent(object ->
              lost.add(
                  CheckStep.CompareStructure.part(
                      Entries.name(draft.closure.ownership().root(entry)),
                      plain(object.name().isEmpty() ? object.relation().name() : object.name()))));
    }
    return lost;
  }

  private static int rank(Entry entry) {
    return switch (entry.desc()) {
      case "TABLE" -> 0;
      // Another table's default may use it, too.
      case "SEQUENCE" -> Entries.isIdentity(entry) ? 1 : -1;
      case "ACL" -> 2;
      default -> 1;
    };
  }

  private QualifiedName copy(QualifiedName name) {
    String schema =
        schemas.entrySet().stream()
            .filter(entry -> entry.getValue().equals(plain(name.schema())))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseGet(() -> {
              String fresh =
                  draft.home.isOwn()
                      ? draft.run + "_copy" + schemas.size()
                      : CheckStep.CompareStructure.TEMPORARY;
              schemas.put(fresh, plain(name.schema()));
              return fresh;
            });
    return new QualifiedName(schema, name.name());
  }

  /// As quote_ident() would write it, for that is how the server's descriptions do.
  private static String plain(String identifier) {
    return identifier.matches("[a-z_][a-z0-9_]*") ? identifier : Sql.quote(identifier);
  }

  /// {@return what creates the copy of a table, its parents outside the restore stood in for}
  private String table(Entry entry) {
    QualifiedName name = Entries.name(entry);
    Map<QualifiedName, QualifiedName> own = new HashMap<>(names);
    InheritedOrder.Rebuilt rebuilt =
        new InheritedOrder(draft.closure, sql).rebuilt(entry).orElse(null);
    if (rebuilt != null) {
      QualifiedName standIn =
          new QualifiedName(
              copy(name).schema(), Stager.shorten("columns_" + entry.dumpId() + "_" + name.name()));
      own.put(name, standIn);
      statements.add(EntrySql.relocated(rebuilt.standIn(), own));
      own.put(name, copy(name));
      own.put(sql.table(entry).inherits().getFirst(), standIn);
      return sql.relocated(entry, rebuilt.child(), own);
    }
    for (QualifiedName parent : sql.table(entry).inherits()) {
      if (!inside.contains(parent)) {
        QualifiedName shell =
            new QualifiedName(
                copy(parent).schema(),
                Stager.shorten("parent_" + entry.dumpId() + "_" + parent.name()));
        own.put(parent, shell);
        statements.add(
            "CREATE TABLE %s (LIKE %s INCLUDING CONSTRAINTS INCLUDING GENERATED)"
                .formatted(shell.sql(), parent.sql()));
      }
    }
    return sql.relocated(entry, own);
  }

  private void add(Entry entry) {
    switch (Entries.head(entry).orElse(null)) {
      case Head.TableAttach attach when !inside.contains(attach.parent()) -> {
        return;
      }
      case Head.IndexAttach attach when !names.containsKey(attach.parent()) -> {
        return;
      }
      case null, default -> {}
    }
    boolean outsideParent =
        draft.target.parents(Entries.name(draft.closure.ownership().root(entry))).stream()
            .anyMatch(link -> !inside.contains(link.parent()));
    if (entry.desc().equals("TRIGGER")
        && outsideParent
        && !entry.defn().stripLeading().startsWith("CREATE")) {
      return;
    }
    if (entry.desc().equals("COMMENT")
        && entry.tag().startsWith("CONSTRAINT")
        && ofForeignKey(entry)) {
      return;
    }
    String text =
        Stager.strip(entry.desc().equals("TABLE") ? table(entry) : sql.relocated(entry, names));
    if (entry.desc().equals("ACL")) {
      statements.addAll(EntrySql.grants(text));
      return;
    }
    List<String> all = new ArrayList<>(List.of(Stager.storage(entry) + text));
    if (entry.desc().equals("TABLE")) {
      all.addAll(Owners.undoDefaultPrivileges(entry, copy(Entries.name(entry)), "", draft.target));
    }
    statements.add(String.join(";\n", all));
  }

  private boolean ofForeignKey(Entry comment) {
    return draft
        .closure
        .ownership()
        .owner(comment)
        .filter(owner -> owner.desc().equals("FK CONSTRAINT"))
        .isPresent();
  }

  /// Tables of which only a part can be compared: grants where someone else is the owner, identity where a parent has it.
  private Set<String> partial() {
    Set<String> partial = new HashSet<>();
    for (Entry table : tables) {
      Relation live = draft.target.relation(Entries.name(table)).orElseThrow();
      boolean chained =
          draft.closure.belongings(table).stream()
              .anyMatch(entry ->
                  entry.desc().equals("ACL") && entry.defn().contains("SESSION AUTHORIZATION"));
      if (!live.owner().equals(draft.target.server().role()) || chained || draft.request.noAcl()) {
        partial.add("grants " + live.name());
      }
      if (draft.target.parents(live.name()).stream()
          .anyMatch(link -> !inside.contains(link.parent()))) {
        partial.add("identity " + live.name());
        partial.add("partition bound " + live.name());
      }
    }
    return partial;
  }

  /// What can be told without a copy: owners, foreign keys, attachments, lost dependents.
  private List<String> differences(List<Entry> entries, boolean swaps) {
    List<String> found = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    Map<String, Snapshot.ForeignKey> liveKeys = new HashMap<>();
    draft
        .target
        .foreignKeys()
        .forEach(live -> liveKeys.put(live.table() + "." + live.name(), live));
    for (Entry entry : entries) {
      if (entry.desc().equals("TABLE") && !draft.request.noOwner()) {
        draft
            .target
            .relation(Entries.name(entry))
            .filter(live -> !live.owner().equals(entry.owner()) && !entry.owner().isEmpty())
            .ifPresent(live -> {
              String difference =
                  "%s belongs to role %s; the backup says %s"
                      .formatted(live.name(), Sql.quote(live.owner()), Sql.quote(entry.owner()));
              found.add(difference);
              remedies.put(
                  difference,
                  "ALTER TABLE %s OWNER TO %s; -- or leave it so with --mode mend; --mode swap replaces the table by the backup's"
                      .formatted(live.name().sql(), Sql.quote(entry.owner())));
            });
      }
      if (entry.desc().equals("FK CONSTRAINT")) {
        ForeignKeyDefinition key = sql.foreignKey(entry);
        keys.add(key.table() + "." + key.name());
        Snapshot.ForeignKey live = liveKeys.get(key.table() + "." + key.name());
        if (live != null) {
          ForeignKeyDefinition there =
              ForeignKeyDefinition.parseBody(live.table(), true, live.name(), live.definition());
          if (!there.means(key.renamed(draft.renamed))) {
            found.add(
                "foreign key %s of %s is %s; the backup says %s%s"
                    .formatted(
                        Sql.quote(key.name()),
                        key.table(),
                        live.definition(),
                        key.body(),
                        key.notValid() ? " NOT VALID" : ""));
          }
        }
      }
    }
    tables.forEach(table -> inheritance(table, found, swaps));
    for (Snapshot.ForeignKey live : draft.target.foreignKeys()) {
      if (inside.contains(live.table()) && !keys.contains(live.table() + "." + live.name())) {
        found.add(
            "foreign key %s of %s is not in the backup"
                .formatted(Sql.quote(live.name()), live.table()));
      }
    }
    for (Entry entry : draft.closure.dependents()) {
      Optional<ObjectId> object = Entries.object(entry);
      boolean own =
          draft.closure.ownership().owner(entry).isEmpty() || entry.desc().equals("FK CONSTRAINT");
      boolean rootThere =
          draft.target.relation(Entries.name(draft.closure.ownership().root(entry))).isPresent();
      if (own
          && !created.contains(entry.dumpId())
          && object.isPresent()
          && !draft.target.has(object.get())
          && (rootThere || !entry.desc().equals("FK CONSTRAINT"))) {
        found.add(
            "%s, which depends on it in the backup, is not in the target"
                .formatted(Wording.of(entry)));
      }
    }
    return found;
  }

  /// Parents that a table has lost or found, and partitions that the backup does not know.
  private void inheritance(Entry table, List<String> found, boolean swaps) {
    QualifiedName name = Entries.name(table);
    Set<QualifiedName> parents = new LinkedHashSet<>(sql.table(table).inherits());
    for (Snapshot.Inheritance link : draft.target.parents(name)) {
      if (!link.isPartition() && !parents.remove(link.parent())) {
        found.add("%s inherits from %s, in the backup it does not".formatted(name, link.parent()));
      }
    }
    parents.forEach(parent ->
        found.add("%s does not inherit from %s, in the backup it does".formatted(name, parent)));
    // Without --rows exact the rows in it stay or refuse the restore, and so may the partition.
    if (draft.request.exact() && !swaps) {
      draft.target.children(name).stream()
          .filter(link -> link.isPartition() && !inside.contains(link.child()))
          .forEach(link ->
              found.add(
                  "%s is a partition of %s and not in the backup".formatted(link.child(), name)));
    }
  }
}
