package dev.pgmend.run;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;

/// Moves the positions of sequences forward, never back.
final class Sequences {
  private record Position(long last, boolean called, long increment) {
    /// {@return whether this one will hand out a value further on than the other, in the direction of the increment}
    boolean beyond(Position other) {
      int compared = Long.compare(next(), other.next());
      return increment > 0 ? compared > 0 : compared < 0;
    }

    /// Saturates at the ends of bigint, where an exhausted sequence stands.
    long next() {
      if (!called) {
        return last;
      }
      long next = last + increment;
      boolean overflown = ((last ^ next) & (increment ^ next)) < 0;
      return overflown ? last : next;
    }
  }

  private final Session session;

  Sequences(Session session) {
    this.session = session;
  }

  private Position position(QualifiedName sequence) {
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
      session.queryText(
          "SELECT pg_catalog.setval(%s, %d, %s) AS v"
              .formatted(Sql.literal(to.sql()), theirs.last(), theirs.called()),
          row -> row.number("v"));
    }
  }

  /// {@return whether a live sequence is behind a position}
  boolean behind(QualifiedName sequence, long last, boolean called) {
    Position live = position(sequence);
    return new Position(last, called, live.increment()).beyond(live);
  }

  /// Moves a live sequence to a position if it is behind it, by the transactional means, which locks out nextval until the
  /// commit.
  void advance(QualifiedName sequence, long last, boolean called) {
    Position live = position(sequence);
    Position wanted = new Position(last, called, live.increment());
    if (wanted.beyond(live)) {
      session.execute("ALTER SEQUENCE %s RESTART WITH %d".formatted(sequence.sql(), wanted.next()));
    }
  }
}
