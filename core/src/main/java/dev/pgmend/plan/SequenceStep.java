package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;

/// A step of a cutover that moves a sequence forward.
public sealed interface SequenceStep extends Step {
  /// Sets a sequence to the furthest of its own and another one's position, in the direction of its increment.
  record CarrySequence(QualifiedName from, QualifiedName to) implements SequenceStep {
    @Override
    public String title() {
      return "carry the position of sequence %s".formatted(to);
    }

    @Override
    public String sql() {
      return "SELECT pg_catalog.setval(%s, $furthest, $is_called)".formatted(Sql.literal(to.sql()));
    }
  }

  /// Moves a live sequence forward to the backup's position if it is behind it.
  record AdvanceSequence(QualifiedName sequence, long last, boolean called)
      implements SequenceStep {
    @Override
    public String title() {
      return "move sequence %s forward if it is behind the backup".formatted(sequence);
    }

    @Override
    public String sql() {
      return "ALTER SEQUENCE %s RESTART WITH $next".formatted(sequence.sql());
    }
  }
}
