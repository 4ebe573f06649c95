package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.catalog.Needs;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Relation.Column;
import dev.pgmend.catalog.Replication;
import dev.pgmend.catalog.Rights;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.TableDefinition;
import dev.pgmend.testing.Archives;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Builds the snapshot that a server would give which holds what an archive says, or a part of it, without a server.
final class Snapshots {
  private static final Map<Toc, Map<String, Snapshot.Role>> ROLES = new IdentityHashMap<>();
  private static final Map<Entry, Snapshots> PARTS = new IdentityHashMap<>();

  Snapshot.Server server =
      new Snapshot.Server(150018, "15.18", "db", "UTF8", "postgres", true, true, 6400, false);
  final Map<String, Snapshot.Schema> schemas = new HashMap<>();
  final Map<String, Snapshot.Role> roles = new HashMap<>();
  final Set<String> tablespaces = new HashSet<>(Set.of("pg_default"));
  final Set<String> accessMethods = new HashSet<>(Set.of("heap"));
  final Map<QualifiedName, Relation> relations = new HashMap<>();
  final Set<ObjectId> present = new HashSet<>();
  final List<Snapshot.Inheritance> inheritance = new ArrayList<>();
  final List<Snapshot.ForeignKey> foreignKeys = new ArrayList<>();
  final List<Snapshot.InheritedKey> inheritedKeys = new ArrayList<>();
  final List<Snapshot.Trigger> triggers = new ArrayList<>();
  final List<Snapshot.Rule> rules = new ArrayList<>();
  final List<Snapshot.Key> keys = new ArrayList<>();
  final List<Snapshot.NamedObject> belongings = new ArrayList<>();
  final List<Snapshot.OwnedSequence> sequences = new ArrayList<>();
  final List<Snapshot.Membership> publications = new ArrayList<>();
  final Map<String, Snapshot.PublicationOwner> publicationOwners = new HashMap<>();
  final List<Snapshot.Dependent> dependents = new ArrayList<>();
  final List<Snapshot.Matview> matviews = new ArrayList<>();
  final List<Snapshot.DefaultPrivilege> defaultPrivileges = new ArrayList<>();
  final List<Snapshot.Blocker> blockers = new ArrayList<>();
  final List<Snapshot.Taken> taken = new ArrayList<>();
  Rights rights = Rights.ALL;
  Replication replication = Replication.NONE;
  Needs needs = Needs.SAME;

  private final Set<QualifiedName> rowSecured = new HashSet<>();

  private Snapshots() {}

  /// The target is as the archive.
  static Snapshots full(Toc toc) {
    return of(toc, _ -> true);
  }

  /// The target after `DROP TABLE … CASCADE` of the closure's tables.
  static Snapshots without(Toc toc, Closure closure) {
    Set<Integer> gone = new HashSet<>();
    closure.tables().forEach(entry -> gone.add(entry.dumpId()));
    closure.belongings().forEach(entry -> gone.add(entry.dumpId()));
    closure.dependents().stream()
        .filter(entry -> !entry.desc().endsWith("TABLE") || entry.desc().startsWith("PUBLICATION"))
        .forEach(entry -> gone.add(entry.dumpId()));
    return of(toc, entry -> !gone.contains(entry.dumpId()));
  }

  static Snapshots of(Toc toc, Predicate<Entry> kept) {
    Snapshots snapshots = new Snapshots();
    snapshots.schemas.put("public", new Snapshot.Schema("public", "postgres", true, true));
    snapshots.roles.putAll(ROLES.computeIfAbsent(toc, Snapshots::roles));
    for (Entry entry : toc.entries()) {
      if (kept.test(entry)) {
        snapshots.merge(PARTS.computeIfAbsent(entry, _ -> part(toc, entry)));
      }
    }
    snapshots.rowSecured.forEach(name -> snapshots.change(name, Changes::rowSecurity));
    return snapshots;
  }

  private void merge(Snapshots part) {
    schemas.putAll(part.schemas);
    relations.putAll(part.relations);
    present.addAll(part.present);
    inheritance.addAll(part.inheritance);
    foreignKeys.addAll(part.foreignKeys);
    triggers.addAll(part.triggers);
    sequences.addAll(part.sequences);
    publications.addAll(part.publications);
    publicationOwners.putAll(part.publicationOwners);
    rowSecured.addAll(part.rowSecured);
  }

  private static Snapshots part(Toc toc, Entry entry) {
    Snapshots part = new Snapshots();
    part.object(toc, entry);
    return part;
  }

  private static Map<String, Snapshot.Role> roles(Toc toc) {
    Set<String> names = new HashSet<>(Set.of("postgres"));
    for (Entry entry : toc.entries()) {
      names.add(entry.owner());
      if (entry.desc().equals("ACL") || entry.desc().equals("POLICY")) {
        names.addAll(EntrySql.roles(entry.defn()));
      }
    }
    Map<String, Snapshot.Role> roles = new HashMap<>();
    names.forEach(name -> roles.put(name, new Snapshot.Role(name, true, false)));
    return roles;
  }

  private void object(Toc toc, Entry entry) {
    Entries.object(entry).ifPresent(present::add);
    switch (entry.desc()) {
      case "SCHEMA" ->
          schemas.put(entry.tag(), new Snapshot.Schema(entry.tag(), entry.owner(), true, true));
      case "TABLE" -> table(toc, entry);
      case "VIEW" -> relation(entry, 'v', List.of());
      case "MATERIALIZED VIEW" -> relation(entry, 'm', List.of());
      case "FOREIGN TABLE" -> relation(entry, 'f', List.of());
      case "FK CONSTRAINT" -> foreignKey(entry);
      case "TRIGGER" -> trigger(entry);
      case "PUBLICATION" ->
          publicationOwners.put(
              entry.tag(), new Snapshot.PublicationOwner(entry.tag(), entry.owner(), true));
      default -> part(entry);
    }
  }

  private void table(Toc toc, Entry entry) {
    TableDefinition definition = TableDefinition.parse(entry.defn());
    definition.constraints().stream()
        .filter(constraint -> constraint.name() != null)
        .forEach(constraint -> constraint(Entries.name(entry), String.valueOf(constraint.name())));
    int position = 1;
    for (QualifiedName parent : definition.inherits()) {
      inheritance.add(new Snapshot.Inheritance(definition.name(), parent, position++, ""));
    }
    relation(entry, definition.partitionBy() == null ? 'r' : 'p', columns(toc, definition));
  }

  private void constraint(QualifiedName table, String name) {
    present.add(new ObjectId(ObjectId.Kind.CONSTRAINT, table, name));
  }

  private static List<Column> columns(Toc toc, TableDefinition definition) {
    List<Column> columns = new ArrayList<>();
    for (QualifiedName parent : definition.inherits()) {
      Entry entry = Archives.entries(toc, "TABLE", parent.schema(), parent.name()).getFirst();
      columns.addAll(columns(toc, TableDefinition.parse(entry.defn())));
    }
    definition.columns().stream()
        .map(column ->
            new Column(
                column.name(),
                column.type(),
                column.notNull(),
                column.generatedExpression() == null ? (char) 0 : column.virtual() ? 'v' : 's',
                (char) 0,
                column.defaultExpression() == null ? "" : column.defaultExpression()))
        .forEach(columns::add);
    return columns;
  }

  private void relation(Entry entry, char kind, List<Column> columns) {
    boolean force = entry.defn().contains("FORCE ROW LEVEL SECURITY");
    QualifiedName name = Entries.name(entry);
    relations.put(
        name,
        new Relation(
            entry.oid(),
            name,
            kind,
            entry.owner(),
            'p',
            false,
            false,
            force,
            false,
            "",
            true,
            true,
            true,
            false,
            8192,
            10,
            columns));
  }

  private void foreignKey(Entry entry) {
    ForeignKeyDefinition key = new EntrySql(true).foreignKey(entry);
    char action = key.body().contains("ON DELETE CASCADE") ? 'c' : 'a';
    foreignKeys.add(
        new Snapshot.ForeignKey(
            key.table(),
            key.references(),
            key.name(),
            key.body() + (key.notValid() ? " NOT VALID" : ""),
            !key.notValid(),
            !key.only(),
            action,
            'a',
            key.columns(),
            key.referencedColumns(),
            ""));
  }

  private void trigger(Entry entry) {
    Head.Part part = (Head.Part) Entries.head(entry).orElseThrow();
    char enabled =
        entry.defn().contains("DISABLE TRIGGER")
            ? 'D'
            : entry.defn().contains("ENABLE ALWAYS")
                ? 'A'
                : entry.defn().contains("ENABLE REPLICA") ? 'R' : 'O';
    triggers.add(
        new Snapshot.Trigger(part.relation(), part.name(), enabled, false, entry.defn(), "u"));
  }

  private void part(Entry entry) {
    switch (Entries.head(entry).orElse(null)) {
      case Head.TableAttach attach ->
          inheritance.add(
              new Snapshot.Inheritance(attach.partition(), attach.parent(), 1, attach.bounds()));
      case Head.OwnedBy owned ->
          sequences.add(
              new Snapshot.OwnedSequence(
                  owned.sequence(), owned.table(), owned.column(), false, 1, ""));
      case Head.Identity identity -> {
        present.add(ObjectId.of(ObjectId.Kind.RELATION, identity.sequence()));
        sequences.add(
            new Snapshot.OwnedSequence(
                identity.sequence(), identity.table(), identity.column(), true, 1, ""));
      }
      case Head.PublicationTable member ->
          publications.add(
              new Snapshot.Membership(
                  member.publication(), member.table(), "postgres", true, true, ""));
      case null, default -> {
        if (entry.desc().equals("ROW SECURITY")) {
          rowSecured.add(Entries.name(entry));
        }
      }
    }
  }

  /// Replaces a relation by a changed one.
  Snapshots change(QualifiedName name, UnaryOperator<Relation> change) {
    relations.computeIfPresent(name, (_, relation) -> change.apply(relation));
    return this;
  }

  Snapshot build() {
    return new Snapshot(
        server,
        schemas,
        roles,
        tablespaces,
        accessMethods,
        relations,
        present,
        inheritance,
        foreignKeys,
        inheritedKeys,
        triggers,
        rules,
        keys,
        List.of(),
        List.of(),
        belongings,
        sequences,
        publications,
        publicationOwners,
        dependents,
        matviews,
        defaultPrivileges,
        blockers,
        taken,
        List.of(),
        rights,
        replication,
        needs);
  }
}
