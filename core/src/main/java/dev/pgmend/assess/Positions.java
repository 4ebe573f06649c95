package dev.pgmend.assess;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.assess.Assessment.Kind;
import dev.pgmend.assess.Assessment.Loss;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds sequences that stand behind where they stood in the backup.
final class Positions {
  private static final String QUERY =
      """
      select n.nspname as schema, c.relname as name, s.seqincrement as increment,
        pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT') as readable,
        case when pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT') then pg_catalog.pg_sequence_last_value(c.oid) end as last,
        s.seqstart as start
      from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      """;

  private final Session session;
  private final Ownership ownership;

  Positions(Session session, Ownership ownership) {
    this.session = session;
    this.ownership = ownership;
  }

  /// @param last "" where no value was handed out
  private record Position(
      QualifiedName name, long increment, boolean readable, String last, long start) {}

  void behind(Toc toc, Set<Integer> gone, List<Loss> losses, List<String> unknown) {
    Map<QualifiedName, Position> live = new HashMap<>();
    session.query(
        QUERY,
        row -> {
          QualifiedName name = new QualifiedName(row.text("schema"), row.text("name"));
          return live.put(
              name,
              new Position(
                  name,
                  row.number("increment"),
                  row.flag("readable"),
                  row.text("last"),
                  row.number("start")));
        });
    for (Entry entry : toc.entries()) {
      if (!entry.desc().equals("SEQUENCE SET")
          || !(Entries.head(entry).orElse(null) instanceof Head.SequenceSet set)) {
        continue;
      }
      Position position = live.get(set.sequence());
      if (position == null) {
        continue;
      }
      if (!position.readable()) {
        unknown.add("position of sequence %s: permission denied".formatted(set.sequence()));
      } else if (set.called() && behind(position, set.last())) {
        losses.add(
            new Loss(
                Kind.BEHIND,
                "sequence " + set.sequence(),
                "%s; the backup says %d"
                    .formatted(
                        position.last().isEmpty()
                            ? "it has handed out nothing"
                            : "it stands at " + position.last(),
                        set.last()),
                table(entry, gone)));
      }
    }
  }

  private static boolean behind(Position position, long last) {
    if (position.last().isEmpty()) {
      return true;
    }
    long now = Long.parseLong(position.last());
    return position.increment() > 0 ? now < last : now > last;
  }

  private Optional<QualifiedName> table(Entry entry, Set<Integer> gone) {
    Entry root = ownership.root(entry);
    return root.desc().equals("TABLE") && !gone.contains(root.dumpId())
        ? Optional.of(Entries.name(root))
        : Optional.empty();
  }
}
