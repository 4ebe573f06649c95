package dev.pgmend.live;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a source's catalogs say that pg_dump does not.
final class SourceTables {
  private SourceTables() {}

  /// {@return the tables and sequences that pg_dump would fail on, for the role may not read them}
  static List<QualifiedName> unreadable(Session session) {
    return session.query(
        """
        select n.nspname, c.relname
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and not (pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT'))
        order by 1, 2
        """,
        row -> new QualifiedName(row.text("nspname"), row.text("relname")));
  }

  /// {@return whether the name now means the table that the snapshot has, with the same columns and the same file} The table must be
  /// locked. TRUNCATE and ALTER TABLE do not care for older snapshots; a new file shows in the server's cache, which is of now, and
  /// not in the catalog as the snapshot has it.
  static boolean same(Session session, QualifiedName table, long oid) {
    return session
        .query(
            """
            select c.relfilenode = pg_catalog.pg_relation_filenode(c.oid) and c.oid = ?::pg_catalog.regclass
              and not exists (
                select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.xmax <> '0'::xid) as same
            from pg_catalog.pg_class c where c.oid = ?::oid
            """,
            row -> row.flag("same"),
            table.sql(),
            oid)
        .equals(List.of(true));
  }

  /// {@return which rows of an extension's configuration table are the user's: a WHERE clause, or nothing for all} Empty also for every
  /// other table.
  static Optional<String> condition(Session session, long oid) {
    return session
        .query(
            """
            select e.extcondition[pg_catalog.array_position(e.extconfig, ?::oid)] as condition
            from pg_catalog.pg_extension e where ?::oid = any (e.extconfig)
            """,
            row -> row.text("condition"),
            oid,
            oid)
        .stream()
        .filter(text -> !text.isBlank())
        .findFirst();
  }

  /// {@return whether the session's transaction can write nothing and has not}
  static boolean readOnly(Session session) {
    return session
        .query(
            "select pg_catalog.current_setting('transaction_read_only') = 'on' and pg_catalog.txid_current_if_assigned() is null as unwritten",
            row -> row.flag("unwritten"))
        .equals(List.of(true));
  }

  /// {@return all large objects, by their OIDs}
  static List<Long> largeObjects(Session session) {
    return session.query(
        "select oid::bigint as oid from pg_catalog.pg_largeobject_metadata order by oid",
        row -> row.number("oid"));
  }

  /// {@return how many bytes tables take on disk, by their OIDs}
  static Map<Long, Long> sizes(Session session) {
    Map<Long, Long> sizes = new HashMap<>();
    session.query(
        """
        select c.oid::bigint as oid, pg_catalog.pg_table_size(c.oid) as bytes
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        """,
        row -> sizes.put(row.number("oid"), row.number("bytes")));
    return sizes;
  }
}
