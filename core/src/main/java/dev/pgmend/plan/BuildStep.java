package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;

/// A step that builds something on a staged table when its rows are there.
public sealed interface BuildStep extends Step {
  /// Builds an index, under a lock that lets others of the same table be built at the same time.
  ///
  /// @param entry the archive entry it comes from
  /// @param width roughly how wide its rows are, in columns
  record Index(String title, String sql, int entry, QualifiedName staged, int width)
      implements BuildStep {}

  /// Collects the statistics of a staged table, under a lock that lets others read and write it.
  record Analyze(String title, String sql) implements BuildStep {}
}
