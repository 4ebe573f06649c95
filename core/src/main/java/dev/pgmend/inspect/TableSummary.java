package dev.pgmend.inspect;

import dev.pgmend.sql.QualifiedName;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A table of the archive in one line or two: counts only.
///
/// @param storedBytes what its rows take in the archive, compressed as they are; -1 if that cannot be told
/// @param problem why its rows cannot be restored, null if they can or there are none
/// @param hasData whether the archive has rows for it, be it none; false for partitioned tables and schema-only archives
/// @param partitions how many tables are partitions of it or inherit from it, through any number of steps
/// @param belongings what comes with the table itself, without its partitions
/// @param dependents what DROP … CASCADE would take along: views, foreign keys of other tables …, without their own
///     belongings
public record TableSummary(
    QualifiedName name,
    String owner,
    long storedBytes,
    boolean hasData,
    @Nullable String problem,
    boolean partitioned,
    @Nullable QualifiedName partitionOf,
    List<QualifiedName> inherits,
    int partitions,
    boolean rowSecurity,
    Map<ItemKind, Integer> belongings,
    Map<ItemKind, Integer> dependents) {

  public TableSummary {
    inherits = List.copyOf(inherits);
    belongings = sorted(belongings);
    dependents = sorted(dependents);
  }

  /// {@return how many things depend on the table}
  public int dependentCount() {
    return dependents.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static Map<ItemKind, Integer> sorted(Map<ItemKind, Integer> counts) {
    Map<ItemKind, Integer> copy = new EnumMap<>(ItemKind.class);
    copy.putAll(counts);
    return Collections.unmodifiableMap(copy);
  }
}
