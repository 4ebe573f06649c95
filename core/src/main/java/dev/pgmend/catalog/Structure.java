package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Map;
import java.util.TreeMap;

/// How the server itself describes a table and what belongs to it, foreign keys and inheritance aside: a map from what to how.
/// Two tables described by the same server in the same session can be compared entry by entry.
public final class Structure {
  private static final String QUERY =
      """
      with r as (select c.*, n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.oid = $table::pg_catalog.regclass),
      grants(object, kind, owner, acl) as (
        select 'grants', 'r'::"char", r.relowner, r.relacl from r
        union all select 'grants on column ' || pg_catalog.quote_ident(a.attname), 'c'::"char", r.relowner, a.attacl
          from r join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      )
      select x.what, x.how from r cross join lateral (
        select 'kind' as what, case r.relkind when 'p' then 'partitioned table' else 'table' end as how
        union all select 'type', case when r.reloftype <> 0 then 'OF ' || pg_catalog.format_type(r.reloftype, null) else '' end
        union all select 'persistence', case r.relpersistence when 'u' then 'UNLOGGED' else 'LOGGED' end
        union all select 'row security', case when r.relrowsecurity then 'enabled' else 'disabled' end
          || case when r.relforcerowsecurity then ', forced' else '' end
        union all select 'replica identity', r.relreplident::text || coalesce((select ' ' || ic.relname from pg_catalog.pg_index i
          join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = r.oid and i.indisreplident), '')
        union all select 'storage options', coalesce((select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(r.reloptions) o), '')
        union all select 'TOAST options', coalesce((select pg_catalog.string_agg(o, ', ' order by o)
          from pg_catalog.pg_class t, pg_catalog.unnest(t.reloptions) o where t.oid = r.reltoastrelid), '')
        union all select 'tablespace', coalesce((select spcname::text from pg_catalog.pg_tablespace where oid = r.reltablespace), '')
        union all select 'access method', coalesce((select amname::text from pg_catalog.pg_am where oid = r.relam), '')
        union all select 'partition key', coalesce(pg_catalog.pg_get_partkeydef(r.oid), '')
        union all select 'partition bound', coalesce(pg_catalog.pg_get_expr(r.relpartbound, r.oid), '')
        union all select 'comment', coalesce(pg_catalog.obj_description(r.oid, 'pg_class'), '')
        union all select 'order of columns', pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
          from pg_catalog.pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        union all select 'column ' || pg_catalog.quote_ident(a.attname), pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
            case when a.attcollation <> t.typcollation then 'COLLATE ' || a.attcollation::pg_catalog.regcollation::text end,
            case when a.attnotnull then 'NOT NULL' end, case a.attidentity when 'a' then 'IDENTITY ALWAYS' when 'd' then 'IDENTITY BY DEFAULT' end,
            case when a.attgenerated <> '' then 'GENERATED' end,
            case when a.attstorage <> t.typstorage then 'STORAGE ' || a.attstorage::text end,
            case when a.attstattarget >= 0 then 'STATISTICS ' || a.attstattarget::text end, a.attoptions::text)
          from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
          where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        union all select 'expression of column ' || pg_catalog.quote_ident(a.attname), pg_catalog.pg_get_expr(d.adbin, d.adrelid)
          from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.adrelid = r.oid
        union all select 'comment on column ' || pg_catalog.quote_ident(a.attname), d.description
          from pg_catalog.pg_description d join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
          where d.objoid = r.oid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0
        union all select 'constraint ' || pg_catalog.quote_ident(k.conname), pg_catalog.pg_get_constraintdef(k.oid)
          from pg_catalog.pg_constraint k where k.conrelid = r.oid and (k.contype in ('c', 'p', 'u', 'x') or k.contype = 'n' and not k.convalidated)
        union all select 'comment on constraint ' || pg_catalog.quote_ident(k.conname), pg_catalog.obj_description(k.oid, 'pg_constraint')
          from pg_catalog.pg_constraint k where k.conrelid = r.oid and k.contype <> 'f' and pg_catalog.obj_description(k.oid, 'pg_constraint') is not null
        union all select 'index ' || pg_catalog.quote_ident(ic.relname), pg_catalog.pg_get_indexdef(i.indexrelid)
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = r.oid
        union all select 'marks of index ' || pg_catalog.quote_ident(ic.relname), pg_catalog.concat_ws(' ', case when i.indisclustered then 'CLUSTER ON' end,
            case when not i.indisvalid and ic.relkind = 'i' then 'INVALID' end, pg_catalog.obj_description(ic.oid, 'pg_class'),
            (select pg_catalog.string_agg(a.attnum || ' STATISTICS ' || a.attstattarget, ' ' order by a.attnum) from pg_catalog.pg_attribute a
              where a.attrelid = ic.oid and a.attstattarget >= 0))
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = r.oid
        union all select 'trigger ' || pg_catalog.quote_ident(g.tgname), pg_catalog.pg_get_triggerdef(g.oid)
          from pg_catalog.pg_trigger g where g.tgrelid = r.oid and not g.tgisinternal and g.tgparentid = 0
        union all select 'state of trigger ' || pg_catalog.quote_ident(g.tgname), g.tgenabled::text || coalesce(' ' || pg_catalog.obj_description(g.oid, 'pg_trigger'), '')
          from pg_catalog.pg_trigger g where g.tgrelid = r.oid and not g.tgisinternal and g.tgparentid = 0
        union all select 'rule ' || pg_catalog.quote_ident(w.rulename), pg_catalog.pg_get_ruledef(w.oid)
          from pg_catalog.pg_rewrite w where w.ev_class = r.oid
        union all select 'state of rule ' || pg_catalog.quote_ident(w.rulename), w.ev_enabled::text || coalesce(' ' || pg_catalog.obj_description(w.oid, 'pg_rewrite'), '')
          from pg_catalog.pg_rewrite w where w.ev_class = r.oid
        union all select 'policy ' || pg_catalog.quote_ident(p.polname), pg_catalog.concat_ws(' ', p.polcmd, case when p.polpermissive then 'PERMISSIVE' else 'RESTRICTIVE' end,
            array(select case o when 0 then 'public' else pg_catalog.pg_get_userbyid(o)::text end from pg_catalog.unnest(p.polroles) o order by 1)::text,
            'USING', coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ''), 'CHECK', coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''),
            pg_catalog.obj_description(p.oid, 'pg_policy'))
          from pg_catalog.pg_policy p where p.polrelid = r.oid
        union all select 'statistics ' || pg_catalog.quote_ident(s.stxname), pg_catalog.concat_ws(' ', pg_catalog.pg_get_statisticsobjdef(s.oid),
            case when s.stxstattarget >= 0 then s.stxstattarget::text end, pg_catalog.obj_description(s.oid, 'pg_statistic_ext'))
          from pg_catalog.pg_statistic_ext s where s.stxrelid = r.oid
        union all select 'sequence of column ' || pg_catalog.quote_ident(a.attname), pg_catalog.concat_ws(' ', sc.relname, pg_catalog.format_type(q.seqtypid, null), q.seqstart,
            q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle, case sc.relpersistence when 'u' then 'UNLOGGED' end)
          from pg_catalog.pg_depend d join pg_catalog.pg_class sc on sc.oid = d.objid and sc.relkind = 'S' join pg_catalog.pg_sequence q on q.seqrelid = sc.oid
          join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
          where d.refobjid = r.oid and d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
        union all select g.object, g.text from (
          select v.object, pg_catalog.string_agg(v.grantee || '=' || v.privileges, ', ' order by v.grantee) as text from (
            select g.object, case when e.grantee = g.owner then '(owner)' when e.grantee = 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(e.grantee)::text end as grantee,
              pg_catalog.string_agg(e.privilege_type || case when e.is_grantable then '*' else '' end, ' ' order by e.privilege_type) as privileges
            from grants g cross join lateral pg_catalog.aclexplode(coalesce(g.acl, case when g.kind = 'r' then pg_catalog.acldefault('r', g.owner) end)) e
            group by 1, 2) v group by v.object) g
      ) x
      """;

  private Structure() {}

  /// Describes a table that exists.
  ///
  /// @param schemas schema names to be read as others: those of a copy as those of the original
  public static Map<String, String> read(
      Session session, QualifiedName table, Map<String, String> schemas) {
    Map<String, String> result = new TreeMap<>();
    session
        .queryText(
            QUERY.replace("$table", Sql.literal(table.sql())),
            row -> Map.entry(row.text("what"), row.text("how")))
        .forEach(entry -> result.put(entry.getKey(), renamed(entry.getValue(), schemas)));
    return result;
  }

  private static String renamed(String text, Map<String, String> schemas) {
    String result = text;
    for (Map.Entry<String, String> schema : schemas.entrySet()) {
      result = result.replace(schema.getKey() + ".", schema.getValue() + ".");
    }
    return result;
  }
}
