package dev.pgmend.run;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;

/// Moves the positions of sequences.
final class Sequences {
  /// Where a sequence stands.
  record Position(long last, boolean called, long increment) {
    /// {@return whether this one will hand out a value further on than the other, in the direction of the increment}
    boolean beyond(Position other) {
      int compared = Long.compare(last, other.last);
      if (compared == 0) {
        return called && !other.called;
      }
      return increment > 0 ? compared > 0 : compared < 0;
    }

    boolean at(long otherLast, boolean otherCalled) {
      return last == otherLast && called == otherCalled;
    }
  }

  private final Session session;

  Sequences(Session session) {
    this.session = session;
  }

  Position position(QualifiedName sequence) {
    return session
        .queryText(
            "SELECT s.last_value, s.is_called, p.seqincrement FROM %s AS s, pg_catalog.pg_sequence AS p WHERE p.seqrelid = %s::pg_catalog.regclass"
                .formatted(sequence.sql(), Sql.literal(sequence.sql())),
            row ->
                new Position(
                    row.number("last_value"), row.flag("is_called"), row.number("seqincrement")))
        .getFirst();
  }

  /// Sets `to` to the position of `from` if that is further. `to` must not be in anyone else's sight: setval is not undone by a
  /// rollback.
  void carry(QualifiedName from, QualifiedName to) {
    Position theirs = position(from);
    if (theirs.beyond(position(to))) {
      set(to, theirs.last(), theirs.called());
    }
  }

  /// {@return whether a live sequence is behind a position}
  boolean behind(QualifiedName sequence, long last, boolean called) {
    Position live = position(sequence);
    return new Position(last, called, live.increment()).beyond(live);
  }

  /// Moves a live sequence to a position, undone by a rollback like everything else: RESTART gives the sequence new storage under
  /// a lock that keeps nextval out until the commit, and setval writes to that.
  void move(QualifiedName sequence, long last, boolean called) {
    session.execute("ALTER SEQUENCE %s RESTART".formatted(sequence.sql()));
    set(sequence, last, called);
  }

  private void set(QualifiedName sequence, long last, boolean called) {
    session.queryText(
        "SELECT pg_catalog.setval(%s, %d, %s) AS v"
            .formatted(Sql.literal(sequence.sql()), last, called),
        row -> row.number("v"));
  }
}
