package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// An index of a partitioned table itself. ATTACH PARTITION gives the partition one for each of them.
///
/// @param pending whether it is invalid, as CREATE INDEX … ON ONLY leaves it, and no constraint's
/// @param on those partitions, among the relations of the snapshot, that have an index attached to it
/// @param attached how many indexes are attached to it
public record PartitionedIndex(
    QualifiedName table,
    QualifiedName name,
    boolean pending,
    List<QualifiedName> on,
    long attached) {
  public PartitionedIndex {
    on = List.copyOf(on);
  }

  /// {@return whether it is pending, and nothing is attached to it when those tables have left}
  public boolean aloneWithout(Collection<QualifiedName> leaving) {
    return pending && attached == on.stream().filter(leaving::contains).count();
  }

  /// Reads those of relations, whose names by OID are given.
  static List<PartitionedIndex> read(Session session, Map<Long, QualifiedName> names, Long[] oids) {
    return session.query(
        """
        select i.indrelid::bigint as relation, n.nspname as schema, c.relname as name,
          not i.indisvalid and not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = c.oid) as pending,
          array(select x.indrelid::bigint::text from pg_catalog.pg_inherits h join pg_catalog.pg_index x on x.indexrelid = h.inhrelid
            where h.inhparent = c.oid and x.indrelid = any (?::bigint[]::oid[])) as partitions,
          (select pg_catalog.count(*) from pg_catalog.pg_inherits h where h.inhparent = c.oid) as attached
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'I'
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where i.indrelid = any (?::bigint[]::oid[]) order by i.indexrelid
        """,
        row ->
            new PartitionedIndex(
                Objects.requireNonNull(names.get(row.number("relation"))),
                new QualifiedName(row.text("schema"), row.text("name")),
                row.flag("pending"),
                row.texts("partitions").stream()
                    .map(oid -> Objects.requireNonNull(names.get(Long.valueOf(oid))))
                    .toList(),
                row.number("attached")),
        oids,
        oids);
  }
}
