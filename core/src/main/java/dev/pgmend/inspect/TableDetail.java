package dev.pgmend.inspect;

import dev.pgmend.sql.QualifiedName;
import java.util.List;

/// A table of the archive with everything that a restore of it concerns, by name.
///
/// @param parts the partitions and inheritance children that come with it
/// @param belongings what belongs to it and to its parts
/// @param dependents what depends on them, each with its own belongings
/// @param needs what they refer to and do not bring along
public record TableDetail(
    TableSummary summary,
    List<QualifiedName> parts,
    List<Item> belongings,
    List<Item> dependents,
    List<Item> needs) {

  public TableDetail {
    parts = List.copyOf(parts);
    belongings = List.copyOf(belongings);
    dependents = List.copyOf(dependents);
    needs = List.copyOf(needs);
  }
}
