package dev.pgmend.sql;

/// A place in a statement's text where its head names something, and what it names.
record NameSite(int start, int end, QualifiedName name, Role role) {

  /// How the name is written there and what relocation does to it.
  enum Role {
    /// A relation that must be in the map.
    RELATION,
    /// An index or extended statistics object under its qualified name; unless the map has it, it goes where its table goes.
    COMPANION,
    /// The unqualified name of an index in its table's schema; it changes only if the map renames the index.
    INDEX,
    /// A string cast to regclass in a default, `'s.n'::regclass`; it changes if the map has the relation.
    REGCLASS
  }
}
