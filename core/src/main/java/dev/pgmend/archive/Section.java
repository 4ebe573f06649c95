package dev.pgmend.archive;

/// The part of a restore in which pg_dump places an entry.
public enum Section {
  /// Comments and grants: wherever the object is that they belong to.
  NONE,
  PRE_DATA,
  DATA,
  POST_DATA
}
