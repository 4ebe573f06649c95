package dev.pgmend.cli;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// All that a database is, for comparing it before and after: every object with its definition, and the rows of every table,
/// counted and hashed by the server. Independent of what the restore itself proves.
record Fingerprint(SortedMap<Thing, String> states, long rows) {
  /// An object by kind and name; `rows` is a kind too.
  record Thing(String kind, String name) implements Comparable<Thing> {
    @Override
    public int compareTo(Thing other) {
      int byKind = kind.compareTo(other.kind);
      return byKind == 0 ? name.compareTo(other.name) : byKind;
    }

    @Override
    public String toString() {
      return kind + " " + name;
    }
  }

  Fingerprint {
    states = Collections.unmodifiableSortedMap(new TreeMap<>(states));
  }

  static Fingerprint of(Session session) {
    SortedMap<Thing, String> states = new TreeMap<>();
    session.queryText(
        Resources.text("demo/fingerprint.sql"),
        row -> states.put(new Thing(row.text("kind"), row.text("object")), row.text("state")));
    List<QualifiedName> tables =
        session.query(
            """
            select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'm') and n.nspname !~ '^(pg_|pgmend_|information_schema$)'
            """,
            row -> new QualifiedName(row.text("nspname"), row.text("relname")));
    long total = 0;
    for (QualifiedName table : tables) {
      long[] rows = {0};
      session.queryText(
          "SELECT count(*) AS n, coalesce(sum(pg_catalog.hashtextextended(t::text, 0)), 0) AS hash FROM ONLY %s AS t"
              .formatted(table.sql()),
          row -> {
            rows[0] = row.number("n");
            return states.put(
                new Thing("rows", table.schema() + "." + table.name()),
                row.text("n") + " " + row.text("hash"));
          });
      total += rows[0];
    }
    return new Fingerprint(states, total);
  }

  /// {@return how many things of the kind there are}
  long count(String kind) {
    return states.keySet().stream().filter(thing -> thing.kind().equals(kind)).count();
  }

  /// {@return how many objects there are}
  long objects() {
    return states.size() - count("rows");
  }

  /// {@return what is in this one and not in the other}
  List<Thing> without(Fingerprint other) {
    List<Thing> gone = new ArrayList<>(states.keySet());
    gone.removeAll(other.states.keySet());
    return gone;
  }

  /// {@return what is not the same in both, a line each}
  List<String> differences(Fingerprint other) {
    List<String> lines = new ArrayList<>();
    without(other).forEach(thing -> lines.add(thing + " is missing"));
    other.without(this).forEach(thing -> lines.add(thing + " is new"));
    states.forEach((thing, state) -> {
      String now = other.states.get(thing);
      if (now != null && !now.equals(state)) {
        lines.add("%s was \"%s\", is \"%s\"".formatted(thing, state, now));
      }
    });
    return lines;
  }
}
