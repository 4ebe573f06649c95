package dev.pgmend.catalog;

import dev.pgmend.sql.QualifiedName;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// An immutable description of the target around the tables of one restore. Read by [SnapshotReader] in one repeatable-read
/// transaction; holds no connection.
///
/// @param relations the tables asked for with their descendants and ancestors, their foreign keys' partners, and every
///     relation that the backup's dependents live on
/// @param regclassColumns every column of a table whose values are OIDs of relations
/// @param needs how what the restore needs differs from the backup's definitions
/// @param taken relations and types that bear a name which the restore may need
/// @param present which of the objects that the backup mentions exist
public record Snapshot(
    Server server,
    Map<String, Schema> schemas,
    Map<String, Role> roles,
    Set<String> tablespaces,
    Set<String> accessMethods,
    Map<QualifiedName, Relation> relations,
    Set<ObjectId> present,
    List<Inheritance> inheritance,
    List<ForeignKey> foreignKeys,
    List<InheritedKey> inheritedKeys,
    List<Trigger> triggers,
    List<Rule> rules,
    List<Key> keys,
    List<UniqueIndex> uniques,
    List<PartitionedIndex> partitionedIndexes,
    List<NamedObject> belongings,
    List<OwnedSequence> sequences,
    List<Membership> publications,
    Map<String, PublicationOwner> publicationOwners,
    List<Dependent> dependents,
    List<Matview> matviews,
    List<DefaultPrivilege> defaultPrivileges,
    List<Blocker> blockers,
    List<Taken> taken,
    List<RegclassColumn> regclassColumns,
    Rights rights,
    Replication replication,
    Needs needs) {

  public Snapshot {
    schemas = Map.copyOf(schemas);
    roles = Map.copyOf(roles);
    relations = Map.copyOf(relations);
    present = Set.copyOf(present);
    tablespaces = Set.copyOf(tablespaces);
    accessMethods = Set.copyOf(accessMethods);
    inheritance = List.copyOf(inheritance);
    foreignKeys = List.copyOf(foreignKeys);
    inheritedKeys = List.copyOf(inheritedKeys);
    triggers = List.copyOf(triggers);
    rules = List.copyOf(rules);
    keys = List.copyOf(keys);
    uniques = List.copyOf(uniques);
    partitionedIndexes = List.copyOf(partitionedIndexes);
    belongings = List.copyOf(belongings);
    sequences = List.copyOf(sequences);
    publications = List.copyOf(publications);
    publicationOwners = Map.copyOf(publicationOwners);
    dependents = List.copyOf(dependents);
    matviews = List.copyOf(matviews);
    defaultPrivileges = List.copyOf(defaultPrivileges);
    blockers = List.copyOf(blockers);
    taken = List.copyOf(taken);
    regclassColumns = List.copyOf(regclassColumns);
  }

  /// {@return the same snapshot with what is known about needs}
  public Snapshot with(Needs compared) {
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
        uniques,
        partitionedIndexes,
        belongings,
        sequences,
        publications,
        publicationOwners,
        dependents,
        matviews,
        defaultPrivileges,
        blockers,
        taken,
        regclassColumns,
        rights,
        replication,
        compared);
  }

  public Optional<Relation> relation(QualifiedName name) {
    return Optional.ofNullable(relations.get(name));
  }

  public boolean has(ObjectId object) {
    return present.contains(object);
  }

  /// {@return the tables that inherit from this one or are its partitions, directly}
  public List<Inheritance> children(QualifiedName parent) {
    return inheritance.stream().filter(link -> link.parent().equals(parent)).toList();
  }

  public List<Inheritance> parents(QualifiedName child) {
    return inheritance.stream().filter(link -> link.child().equals(child)).toList();
  }

  /// The server and the session's role in it.
  ///
  /// @param version server_version_num, for example 150018
  /// @param mayCreateSchema CREATE on the database
  /// @param lockSlots max_locks_per_transaction × (max_connections + max_prepared_transactions)
  /// @param publishesAllTables whether a FOR ALL TABLES publication exists and wal_level is logical
  public record Server(
      int version,
      String versionText,
      String database,
      String encoding,
      String role,
      boolean superuser,
      boolean mayCreateSchema,
      long lockSlots,
      boolean publishesAllTables) {
    /// {@return the major version, for example 15}
    public int major() {
      return version / 10000;
    }
  }

  public record Schema(String name, String owner, boolean mayCreate, boolean mayUse) {}

  /// @param member whether the session's role may become it and give it objects
  public record Role(String name, boolean member, boolean superuser) {}

  /// @param bound the partition's FOR VALUES clause or DEFAULT, "" for plain inheritance
  public record Inheritance(QualifiedName child, QualifiedName parent, int position, String bound) {
    public boolean isPartition() {
      return !bound.isEmpty();
    }
  }

  /// A foreign key of the target, of a table itself and not inherited from a partitioned parent.
  ///
  /// @param definition pg_get_constraintdef()
  public record ForeignKey(
      QualifiedName table,
      QualifiedName references,
      String name,
      String definition,
      boolean validated,
      boolean partitioned,
      char deleteAction,
      char updateAction,
      List<String> columns,
      List<String> referencedColumns,
      String comment) {}

  /// A partition's copy of a foreign key of its partitioned parent.
  public record InheritedKey(QualifiedName table, String name) {}

  /// A trigger that a user created (or a partition's clone of one).
  ///
  /// @param enabled pg_trigger.tgenabled
  /// @param cloned whether it is a partition's copy of the parent's
  public record Trigger(
      QualifiedName table,
      String name,
      char enabled,
      boolean cloned,
      String definition,
      String events) {}

  /// @param event pg_rewrite.ev_type: 1 SELECT, 2 UPDATE, 3 INSERT, 4 DELETE
  public record Rule(
      QualifiedName table, String name, char event, char enabled, String definition) {}

  /// A usable key of a table: a valid, immediate, unique, whole-table index on plain NOT NULL columns.
  ///
  /// @param operators the index's own equality for each column, as `OPERATOR("schema".=)`: an `=` that is looked up by name may be
  ///     another one
  /// @param byImage whether values that are equal are the same, byte by byte (the B-tree support function `equalimage`); 1.0 and 1.00
  ///     are not, nor is text under a nondeterministic collation
  public record Key(
      QualifiedName table,
      String name,
      boolean primary,
      List<String> columns,
      List<String> operators,
      boolean byImage) {
    public Key {
      columns = List.copyOf(columns);
      operators = List.copyOf(operators);
    }
  }

  /// An object that belongs to a table, for telling what a swap would take away.
  ///
  /// @param validated false for a constraint that the rows may break
  /// @param comment of a constraint; "" for other objects
  public record NamedObject(
      ObjectId id, QualifiedName table, String definition, boolean validated, String comment) {}

  /// @param identity whether it is an identity column's own
  /// @param definition its options, as CREATE SEQUENCE takes them
  public record OwnedSequence(
      QualifiedName name,
      QualifiedName table,
      String column,
      boolean identity,
      long increment,
      String definition) {}

  /// That a publication publishes a table.
  ///
  /// @param named whether it names the table, and not only the table's schema
  /// @param clause its column list and row filter, as ALTER PUBLICATION … ADD TABLE takes them
  public record Membership(
      String publication,
      QualifiedName table,
      String owner,
      boolean mine,
      boolean named,
      String clause) {}

  /// @param mine whether the session's role may alter it
  public record PublicationOwner(String name, String owner, boolean mine) {}

  /// Something that would keep pointing at the old table after a swap.
  ///
  /// @param kind what it takes to move it
  /// @param name the view, matview, function, or the relation that the rule, policy or default is on
  /// @param sql the statements that bind it to the new table, as the live server describes it today
  public record Dependent(
      Kind kind,
      QualifiedName name,
      String part,
      List<String> sql,
      String owner,
      boolean mine,
      QualifiedName dependsOn,
      String description) {
    /// How a dependent follows.
    public enum Kind {
      VIEW,
      MATERIALIZED_VIEW,
      RULE,
      POLICY,
      FUNCTION,
      DEFAULT,
      /// It cannot follow: typed by the row type, or of a kind that pgmend has no rule for.
      FIXED
    }

    public Dependent {
      sql = List.copyOf(sql);
    }
  }

  /// A materialized view, as it has to be built again.
  ///
  /// @param columns quoted
  /// @param query pg_get_viewdef()
  /// @param indexes pg_get_indexdef() of each
  /// @param tablespaces that it and its indexes are in, where these are not the database's own
  /// @param statistics its extended statistics
  /// @param details further statements: comments, statistics targets, CLUSTER ON
  /// @param odd whether it has grants or labels that its owner alone cannot give again
  public record Matview(
      QualifiedName name,
      boolean populated,
      String accessMethod,
      String tablespace,
      String options,
      String owner,
      List<String> columns,
      String query,
      List<String> indexes,
      List<String> tablespaces,
      List<MatviewStatistics> statistics,
      List<String> details,
      List<String> grants,
      boolean odd) {
    public Matview {
      tablespaces = List.copyOf(tablespaces);
      statistics = List.copyOf(statistics);
      columns = List.copyOf(columns);
      indexes = List.copyOf(indexes);
      details = List.copyOf(details);
      grants = List.copyOf(grants);
    }
  }

  /// A statistics object of a materialized view, as it has to be made again.
  ///
  /// @param definition pg_get_statisticsobjdef()
  /// @param details further statements: its target, its comment
  public record MatviewStatistics(
      QualifiedName name, String owner, boolean mine, String definition, List<String> details) {
    public MatviewStatistics {
      details = List.copyOf(details);
    }
  }

  /// A default privilege that PostgreSQL would add to what this session creates.
  ///
  /// @param schema "" for every schema
  /// @param objectType r table, S sequence, f function, T type, n schema
  /// @param grantees quoted role names, or PUBLIC
  public record DefaultPrivilege(String schema, char objectType, List<String> grantees) {}

  /// A column of type regclass or regtype, or of a domain over one, of a table with rows of its own.
  ///
  /// @param types whether it names types
  /// @param dangling by the OID how many values name nothing; only read where a table asked for is gone
  public record RegclassColumn(
      QualifiedName table, String column, boolean types, Map<Long, Long> dangling) {
    public RegclassColumn {
      dangling = Map.copyOf(dangling);
    }
  }

  /// A relation or type of the target whose name the backup has for something of the restored tables.
  ///
  /// @param kind in words: table, index, sequence, type …
  /// @param table the table that it belongs to, its own name for a table, empty for what belongs to no table
  public record Taken(QualifiedName name, String kind, Optional<QualifiedName> table) {}

  /// A session that holds a lock on one of the tables, or has a transaction open that would hold up the cutover.
  public record Blocker(
      int pid, String user, String state, long seconds, String query, QualifiedName table) {
    /// {@return some of them, each process once, for people}
    public static String names(Collection<Blocker> blockers) {
      Map<Integer, String> byProcess = new LinkedHashMap<>();
      blockers.forEach(blocker -> byProcess.putIfAbsent(blocker.pid, blocker.toString()));
      return byProcess.values().stream().limit(3).collect(Collectors.joining("; "));
    }

    /// {@return who it is, for people}
    @Override
    public String toString() {
      return "process %d (user %s, %s, transaction open for %d s): %s"
          .formatted(pid, user, state, seconds, query);
    }
  }
}
