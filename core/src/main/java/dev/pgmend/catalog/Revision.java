package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the catalogs say of tables and of what hangs on them, as digests: two revisions differ if anybody has changed a definition in
/// between. Rows, statistics and storage do not count.
public final class Revision {
  private static final String QUERY =
      """
      with recursive h(oid) as (
        select c.oid from unnest(?::text[], ?::text[]) as w(schema, name)
        join pg_catalog.pg_namespace n on n.nspname = w.schema
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
        union select i.inhrelid from pg_catalog.pg_inherits i join h on i.inhparent = h.oid),
      v(oid) as (
        select oid from h
        union select r.ev_class from v join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = v.oid
          and d.classid = 'pg_catalog.pg_rewrite'::regclass join pg_catalog.pg_rewrite r on r.oid = d.objid),
      things(class, oid, value) as (
        select 'pg_catalog.pg_class'::regclass, c.oid, (pg_catalog.to_jsonb(c)
            - '{relfilenode,relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relhasindex,relhasrules,relhastriggers,relhassubclass,reltoastrelid,relrewrite,relispopulated}'::text[])::text
          || coalesce((select pg_catalog.string_agg((pg_catalog.to_jsonb(a) - '{attcacheoff}'::text[])::text, '' order by a.attnum)
            from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0), '')
          || coalesce((select pg_catalog.string_agg(d.adnum || d.adbin::text, '' order by d.adnum) from pg_catalog.pg_attrdef d where d.adrelid = c.oid), '')
          || coalesce((select pg_catalog.string_agg(i.inhparent::text, ' ' order by i.inhseqno) from pg_catalog.pg_inherits i where i.inhrelid = c.oid), '')
        from v join pg_catalog.pg_class c on c.oid = v.oid
        union all select 'pg_catalog.pg_constraint'::regclass, k.oid, pg_catalog.to_jsonb(k)::text from h
          join pg_catalog.pg_constraint k on h.oid in (k.conrelid, k.confrelid)
        union all select 'pg_catalog.pg_class'::regclass, i.indexrelid, (pg_catalog.to_jsonb(i) - '{indcheckxmin}'::text[])::text
        from v join pg_catalog.pg_index i on i.indrelid = v.oid
        union all select 'pg_catalog.pg_trigger'::regclass, t.oid, pg_catalog.to_jsonb(t)::text
        from h join pg_catalog.pg_trigger t on t.tgrelid = h.oid and not t.tgisinternal
        union all select 'pg_catalog.pg_rewrite'::regclass, r.oid, pg_catalog.to_jsonb(r)::text from v join pg_catalog.pg_rewrite r on r.ev_class = v.oid
        union all select 'pg_catalog.pg_policy'::regclass, p.oid, pg_catalog.to_jsonb(p)::text from h join pg_catalog.pg_policy p on p.polrelid = h.oid
        union all select 'pg_catalog.pg_publication_rel'::regclass, p.oid, pg_catalog.to_jsonb(p)::text
        from h join pg_catalog.pg_publication_rel p on p.prrelid = h.oid
        union all select 'pg_catalog.pg_statistic_ext'::regclass, s.oid, pg_catalog.to_jsonb(s)::text
        from h join pg_catalog.pg_statistic_ext s on s.stxrelid = h.oid)
      select t.class::text || ' ' || t.oid as key, pg_catalog.pg_describe_object(t.class, t.oid, 0) as description,
        pg_catalog.md5(pg_catalog.string_agg(t.value, '' order by t.value)) as digest
      from (select distinct class, oid, value from things) t group by t.class, t.oid order by 2
      """;

  private final List<QualifiedName> tables;
  private final Map<String, Thing> things;

  private record Thing(String description, String digest) {}

  private Revision(List<QualifiedName> tables, Map<String, Thing> things) {
    this.tables = tables;
    this.things = things;
  }

  /// Reads the revision of the tables, as the current transaction sees it; of those that are gone there is none.
  public static Revision read(Session session, Collection<QualifiedName> tables) {
    Map<String, Thing> things = new LinkedHashMap<>();
    session.query(
        QUERY,
        row -> things.put(row.text("key"), new Thing(row.text("description"), row.text("digest"))),
        tables.stream().map(QualifiedName::schema).toArray(String[]::new),
        tables.stream().map(QualifiedName::name).toArray(String[]::new));
    return new Revision(List.copyOf(tables), things);
  }

  /// {@return what has come, gone or changed since, as the current transaction sees it, for people; empty if nothing}
  public List<String> changes(Session session) {
    Revision later = read(session, tables);
    List<String> changes = new ArrayList<>();
    things.forEach((key, thing) -> {
      Thing now = later.things.get(key);
      if (now == null) {
        changes.add(thing.description + " has gone");
      } else if (!now.digest.equals(thing.digest)) {
        changes.add(thing.description + " has changed");
      }
    });
    later.things.forEach((key, thing) -> {
      if (!things.containsKey(key)) {
        changes.add(thing.description + " has come");
      }
    });
    return changes;
  }
}
