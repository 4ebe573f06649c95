package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;

/// A step about an index of a partitioned table that no index of a partition is attached to, as CREATE INDEX … ON ONLY makes it:
/// ATTACH PARTITION would build one like it on the partition, and that could not be dropped again (decision 036).
public sealed interface IndexStep extends Step {
  /// {@return the index}
  QualifiedName index();

  /// Takes the index away, if it is there, invalid, no constraint's, and nothing is attached to it.
  ///
  /// @param partition what is attached meanwhile
  record Aside(QualifiedName table, QualifiedName index, QualifiedName partition)
      implements IndexStep {
    @Override
    public String title() {
      return "take index %s of %s away, so that %s gets none like it"
          .formatted(Sql.quote(index.name()), table, partition);
    }

    /// {@return what comes of it if the index has to stay where it is}
    public String otherwise() {
      return "%s has an index for index %s of %s, which it did not have: ATTACH PARTITION builds one"
          .formatted(partition, Sql.quote(index.name()), table);
    }

    @Override
    public String sql() {
      return "DROP INDEX " + index.sql();
    }

    @Override
    public String locks() {
      return "ACCESS EXCLUSIVE on %s and its partitions (readers and writers wait)"
          .formatted(table);
    }
  }

  /// Makes the index again, as it was when [Aside] took it away; does nothing if it did not.
  record Again(QualifiedName table, QualifiedName index) implements IndexStep {
    @Override
    public String title() {
      return "make index %s of %s again".formatted(Sql.quote(index.name()), table);
    }

    @Override
    public String sql() {
      return "CREATE INDEX %s ON ONLY %s $definition"
          .formatted(Sql.quote(index.name()), table.sql());
    }

    @Override
    public String locks() {
      return "SHARE on " + table;
    }
  }
}
