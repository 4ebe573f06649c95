package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.Collection;
import java.util.List;

/// Which tables refer to others by foreign keys.
public final class Referring {
  private Referring() {}

  /// {@return the tables whose rows may refer to rows of these, of their partitions or of what they are partitions of}
  public static List<QualifiedName> to(Session session, Collection<QualifiedName> tables) {
    return session.query(
        """
        with recursive w(oid) as (
          select c.oid from unnest(?::text[], ?::text[]) as w(schema, name)
          join pg_catalog.pg_namespace n on n.nspname = w.schema
          join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name),
        up(oid) as (select oid from w union select i.inhparent from pg_catalog.pg_inherits i join up on i.inhrelid = up.oid),
        down(oid) as (select oid from w union select i.inhrelid from pg_catalog.pg_inherits i join down on i.inhparent = down.oid)
        select distinct n.nspname::text as schema, c.relname::text as name from pg_catalog.pg_constraint k
        join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where k.contype = 'f' and k.conparentid = 0 and (k.confrelid in (select oid from up) or k.confrelid in (select oid from down))
        order by 1, 2
        """,
        row -> new QualifiedName(row.text("schema"), row.text("name")),
        tables.stream().map(QualifiedName::schema).toArray(String[]::new),
        tables.stream().map(QualifiedName::name).toArray(String[]::new));
  }
}
