package dev.pgmend.catalog;

import dev.pgmend.catalog.Snapshot.Matview;
import dev.pgmend.catalog.Snapshot.MatviewStatistics;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads everything about materialized views that building them again takes.
final class MatviewReader {
  private static final String QUERY =
      """
      select c.oid::bigint as oid, n.nspname as schema, c.relname as name, c.relispopulated as populated, c.relpersistence = 'u' as unlogged,
        pg_catalog.pg_get_viewdef(c.oid) as query, am.amname as am, coalesce(ts.spcname, '') as tablespace,
        pg_catalog.pg_get_userbyid(c.relowner) as owner,
        coalesce((select pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || ' = ' || pg_catalog.quote_literal(o.option_value), ', ')
          from pg_catalog.pg_options_to_table(c.reloptions) o), '') as options,
        array(select pg_catalog.quote_ident(a.attname) from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns,
        array(select pg_catalog.pg_get_indexdef(i.indexrelid) from pg_catalog.pg_index i where i.indrelid = c.oid order by i.indexrelid) as indexes,
        array(select s.spcname::text from pg_catalog.pg_tablespace s where s.oid = c.reltablespace or s.oid in (
          select ic.reltablespace from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid)
          order by 1) as tablespaces,
        array(
          select pg_catalog.format('ALTER INDEX %I.%I SET TABLESPACE %I', n.nspname, ic.relname, s.spcname)
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
          join pg_catalog.pg_tablespace s on s.oid = ic.reltablespace where i.indrelid = c.oid) as index_tablespaces,
        array(
          select pg_catalog.format('ALTER MATERIALIZED VIEW %I.%I CLUSTER ON %I', n.nspname, c.relname, ic.relname)
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = c.oid and i.indisclustered
          union all
          select pg_catalog.format('ALTER MATERIALIZED VIEW %I.%I ALTER COLUMN %I SET STATISTICS %s', n.nspname, c.relname, a.attname, a.attstattarget)
          from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attstattarget >= 0
          union all
          select pg_catalog.format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, ic.relname, a.attnum, a.attstattarget)
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
          join pg_catalog.pg_attribute a on a.attrelid = ic.oid and a.attnum > 0 and a.attstattarget >= 0 where i.indrelid = c.oid
          union all
          select pg_catalog.format('COMMENT ON MATERIALIZED VIEW %I.%I IS %L', n.nspname, c.relname, d.description)
          from pg_catalog.pg_description d where d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = 0
          union all
          select pg_catalog.format('COMMENT ON COLUMN %I.%I.%I IS %L', n.nspname, c.relname, a.attname, d.description)
          from pg_catalog.pg_description d join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
          where d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0
          union all
          select pg_catalog.format('COMMENT ON INDEX %I.%I IS %L', n.nspname, ic.relname, d.description)
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
          join pg_catalog.pg_description d on d.objoid = ic.oid and d.classoid = 'pg_catalog.pg_class'::regclass where i.indrelid = c.oid
        ) as details,
        array(
          select pg_catalog.format('REVOKE ALL ON TABLE %I.%I FROM %I', n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner))
          where c.relacl is not null
          union all
          select pg_catalog.format('GRANT %s ON TABLE %I.%I TO %s%s', x.privilege_type, n.nspname, c.relname,
            case x.grantee when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
            case when x.is_grantable then ' WITH GRANT OPTION' else '' end)
          from pg_catalog.aclexplode(c.relacl) x where x.grantor = c.relowner
          union all
          select pg_catalog.format('GRANT %s (%I) ON TABLE %I.%I TO %s%s', x.privilege_type, a.attname, n.nspname, c.relname,
            case x.grantee when 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
            case when x.is_grantable then ' WITH GRANT OPTION' else '' end)
          from pg_catalog.pg_attribute a cross join lateral pg_catalog.aclexplode(a.attacl) x
          where a.attrelid = c.oid and not a.attisdropped and x.grantor = c.relowner
        ) as grants,
        exists (select 1 from pg_catalog.aclexplode(c.relacl) x where x.grantor <> c.relowner)
          or exists (select 1 from pg_catalog.pg_seclabel l where l.objoid = c.oid) as odd
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_am am on am.oid = c.relam left join pg_catalog.pg_tablespace ts on ts.oid = c.reltablespace
      where c.oid = any (?::bigint[]::oid[]) and c.relkind = 'm'
      """;

  private static final String STATISTICS =
      """
      select s.stxrelid::bigint as relation, n.nspname as schema, s.stxname as name, pg_catalog.pg_get_userbyid(s.stxowner) as owner,
        pg_catalog.pg_has_role(current_user, s.stxowner, 'USAGE') as mine, pg_catalog.pg_get_statisticsobjdef(s.oid) as definition,
        array(
          select pg_catalog.format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget) where s.stxstattarget >= 0
          union all
          select pg_catalog.format('COMMENT ON STATISTICS %I.%I IS %L', n.nspname, s.stxname, d.description) from pg_catalog.pg_description d
          where d.objoid = s.oid and d.classoid = 'pg_catalog.pg_statistic_ext'::regclass
        ) as details
      from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
      join pg_catalog.pg_class c on c.oid = s.stxrelid
      where s.stxrelid = any (?::bigint[]::oid[]) and c.relkind = 'm' order by s.oid
      """;

  private MatviewReader() {}

  static List<Matview> read(Session session, Long[] oids) {
    Map<Long, List<MatviewStatistics>> statistics = new HashMap<>();
    session.query(
        STATISTICS,
        row ->
            statistics
                .computeIfAbsent(row.number("relation"), _ -> new ArrayList<>())
                .add(
                    new MatviewStatistics(
                        new QualifiedName(row.text("schema"), row.text("name")),
                        row.text("owner"),
                        row.flag("mine"),
                        row.text("definition"),
                        row.texts("details"))),
        (Object) oids);
    return session.query(
        QUERY,
        row ->
            new Matview(
                new QualifiedName(row.text("schema"), row.text("name")),
                row.flag("populated"),
                row.text("am"),
                row.text("tablespace"),
                row.text("options"),
                row.text("owner"),
                row.texts("columns"),
                row.text("query"),
                row.texts("indexes"),
                row.texts("tablespaces"),
                statistics.getOrDefault(row.number("oid"), List.of()),
                concat(row.texts("index_tablespaces"), row.texts("details")),
                row.texts("grants"),
                row.flag("odd")),
        (Object) oids);
  }

  private static List<String> concat(List<String> a, List<String> b) {
    return java.util.stream.Stream.concat(a.stream(), b.stream()).toList();
  }
}
