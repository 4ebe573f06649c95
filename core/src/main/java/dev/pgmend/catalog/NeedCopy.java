package dev.pgmend.catalog;

import dev.pgmend.sql.QualifiedName;

/// Something that a restored table needs and that the target should have: how the backup defines it, under another name.
///
/// @param entry the archive entry
/// @param name its own name
/// @param arguments of a routine: its identity arguments without blanks after commas; "" for everything else
/// @param copy the name that `sql` gives it
/// @param sql creates it as the backup has it; "" where it cannot be created twice
public record NeedCopy(
    int entry, Kind kind, QualifiedName name, String arguments, QualifiedName copy, String sql) {
  /// What can be compared.
  public enum Kind {
    DOMAIN,
    ENUM,
    COMPOSITE,
    RANGE,
    /// The row type of a table that is not restored.
    ROW,
    ROUTINE,
    COLLATION,
    SEQUENCE
  }
}
