package dev.pgmend.run;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes indexes of partitioned tables away that nothing is attached to, and makes them again as they were, in one transaction.
/// Not thread-safe.
final class IndexesAside {
  private static final String STATE =
      """
      select not i.indisvalid and not exists (select 1 from pg_catalog.pg_inherits h where h.inhparent = c.oid)
          and not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = c.oid) as alone,
        array[pg_catalog.pg_get_indexdef(c.oid)]
        || array(select pg_catalog.format('ALTER INDEX %I.%I SET TABLESPACE %I', n.nspname, c.relname, s.spcname)
          from pg_catalog.pg_tablespace s where s.oid = c.reltablespace)
        || array(select pg_catalog.format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, c.relname, a.attnum, a.attstattarget)
          from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attstattarget >= 0)
        || array(select pg_catalog.format('COMMENT ON INDEX %I.%I IS %L', n.nspname, c.relname, d.description)
          from pg_catalog.pg_description d where d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = 0)
        || array(select pg_catalog.format('ALTER INDEX %I.%I DEPENDS ON EXTENSION %I', n.nspname, c.relname, e.extname)
          from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
            and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'x') as definition
      from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ? and c.relname = ? and c.relkind = 'I'
      """;

  private final Session session;
  private final Map<QualifiedName, List<String>> definitions = new HashMap<>();

  IndexesAside(Session session) {
    this.session = session;
  }

  /// @param alone whether it is invalid, no constraint's, and nothing is attached to it
  private record State(boolean alone, List<String> definition) {}

  /// Takes an index away.
  ///
  /// @return whether it is away now; false if something is attached to it, so that it has to stay
  boolean take(QualifiedName table, QualifiedName index) {
    Optional<State> state = state(index);
    if (state.filter(State::alone).isPresent()) {
      // DROP INDEX takes that lock, too; with it nobody attaches anything.
      session.execute("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE".formatted(table.sql()));
      state = state(index);
    }
    if (state.isEmpty()) {
      return true;
    }
    if (!state.get().alone()) {
      return false;
    }
    session.execute("DROP INDEX " + index.sql());
    definitions.put(index, state.get().definition());
    return true;
  }

  /// Makes an index again, if it was taken away.
  void putBack(Statements statements, String title, QualifiedName index) {
    List<String> definition = definitions.remove(index);
    if (definition != null) {
      statements.inTransaction(title, String.join(";\n", definition));
    }
  }

  /// Forgets what a transaction did that was rolled back.
  void forget() {
    definitions.clear();
  }

  private Optional<State> state(QualifiedName index) {
    return session
        .query(
            STATE,
            row -> new State(row.flag("alone"), row.texts("definition")),
            index.schema(),
            index.name())
        .stream()
        .findFirst();
  }
}
