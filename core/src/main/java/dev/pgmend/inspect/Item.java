package dev.pgmend.inspect;

import dev.pgmend.sql.QualifiedName;
import org.jspecify.annotations.Nullable;

/// One thing that belongs to a table, depends on it or is needed by it.
///
/// @param schema "" for what lives in none
/// @param name unquoted; for a grant its statement, for a comment what it is on
/// @param on the relation that it is part of, null if it is none or the table itself that is being looked at
/// @param entry dump id of the entry that it comes from
public record Item(
    ItemKind kind, String schema, String name, @Nullable QualifiedName on, int entry) {

  Item about(QualifiedName table) {
    return table.equals(on) ? new Item(kind, schema, name, null, entry) : this;
  }
}
