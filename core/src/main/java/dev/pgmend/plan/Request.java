package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/// What the user asked for.
///
/// @param mode the mode chosen by the user, empty to let the planner pick
/// @param orphans what to do about rows whose parents are missing
/// @param noOwner leave everything to the session's role
/// @param noAcl create without the backup's grants
/// @param breakReplication exchange a table although a publication names it
/// @param skipMissing leave out dependents whose other needs the target lacks
/// @param remapTables for [Mode#BESIDE]: new names of tables
/// @param remapSchemas for [Mode#BESIDE]: new schemas
/// @param exact whether rows that the backup does not have may go, and rows that it has otherwise may be changed back
/// @param acceptNeeds restore although types or functions that decide values are not defined as in the backup
/// @param maxBlock the longest that the cutover may wait for a lock, and so make others wait behind it
public record Request(
    SequencedSet<QualifiedName> tables,
    Optional<Mode> mode,
    Orphans orphans,
    boolean noOwner,
    boolean noAcl,
    boolean breakReplication,
    boolean skipMissing,
    Map<QualifiedName, QualifiedName> remapTables,
    Map<String, String> remapSchemas,
    Duration maxBlock,
    boolean exact,
    boolean acceptNeeds) {

  /// What to do about a foreign key that the restored rows would break.
  public enum Orphans {
    /// Refuse before anything changes.
    FAIL,
    /// Add the foreign key as NOT VALID and leave it so.
    NOT_VALID
  }

  public Request {
    tables = new LinkedHashSet<>(tables);
    remapTables = Map.copyOf(remapTables);
    remapSchemas = Map.copyOf(remapSchemas);
  }

  /// {@return a request for these tables with every choice at its default}
  public static Request of(SequencedSet<QualifiedName> tables) {
    return new Request(
        tables,
        Optional.empty(),
        Orphans.FAIL,
        false,
        false,
        false,
        false,
        Map.of(),
        Map.of(),
        Duration.ofSeconds(30));
  }

  /// A request for a table that is to be exactly what the backup says.
  public Request(
      SequencedSet<QualifiedName> tables,
      Optional<Mode> mode,
      Orphans orphans,
      boolean noOwner,
      boolean noAcl,
      boolean breakReplication,
      boolean skipMissing,
      Map<QualifiedName, QualifiedName> remapTables,
      Map<String, String> remapSchemas,
      Duration maxBlock) {
    this(
        tables,
        mode,
        orphans,
        noOwner,
        noAcl,
        breakReplication,
        skipMissing,
        remapTables,
        remapSchemas,
        maxBlock,
        true,
        false);
  }

  /// {@return the same request with that mode}
  public Request with(Mode chosen) {
    return new Request(
        tables,
        Optional.of(chosen),
        orphans,
        noOwner,
        noAcl,
        breakReplication,
        skipMissing,
        remapTables,
        remapSchemas,
        maxBlock,
        exact,
        acceptNeeds);
  }

  /// {@return the same request with that policy for orphans}
  public Request with(Orphans policy) {
    return new Request(
        tables,
        mode,
        policy,
        noOwner,
        noAcl,
        breakReplication,
        skipMissing,
        remapTables,
        remapSchemas,
        maxBlock,
        exact,
        acceptNeeds);
  }

  /// {@return the same request, accepting types and functions that are not defined as in the backup}
  public Request acceptingNeeds() {
    return new Request(
        tables,
        mode,
        orphans,
        noOwner,
        noAcl,
        breakReplication,
        skipMissing,
        remapTables,
        remapSchemas,
        maxBlock,
        exact,
        true);
  }

  /// {@return the name that a table or a relation of the closure gets}
  public QualifiedName renamed(QualifiedName name) {
    QualifiedName table = remapTables.get(name);
    if (table != null) {
      return table;
    }
    return new QualifiedName(remapSchemas.getOrDefault(name.schema(), name.schema()), name.name());
  }
}
