package dev.pgmend.catalog;

import static java.util.stream.Collectors.joining;

import dev.pgmend.catalog.Snapshot.Dependent;
import dev.pgmend.postgres.Row;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Finds what would keep pointing at a table, its row type, constraints, indexes or owned sequences after the table has been
/// exchanged for another one, with the SQL that makes it follow. What pg_depend reaches and no rule here knows is FIXED.
final class DependentReader {
  /// @param relationOid the relation to describe in the snapshot: the dependent itself or the one that it is on; 0 for none
  record Found(Dependent dependent, long relationOid) {}

  /// The objects that make up a set of relations: the relations, their row and array types, constraints, indexes, owned
  /// sequences, defaults.
  private static final String MEMBERS =
      """
      with r(oid) as (select pg_catalog.unnest(?::bigint[])::oid),
      members(classid, objid, relation) as (
        select 'pg_catalog.pg_class'::regclass::oid, r.oid, r.oid from r
        union all select 'pg_catalog.pg_type'::regclass, t.oid, r.oid from r join pg_catalog.pg_class c on c.oid = r.oid
          join pg_catalog.pg_type t on t.oid = c.reltype or t.typelem = c.reltype and t.typelem <> 0 and t.typcategory = 'A'
        union all select 'pg_catalog.pg_constraint'::regclass, k.oid, r.oid from r join pg_catalog.pg_constraint k on k.conrelid = r.oid
        union all select 'pg_catalog.pg_class'::regclass, i.indexrelid, r.oid from r join pg_catalog.pg_index i on i.indrelid = r.oid
        union all select 'pg_catalog.pg_attrdef'::regclass, d.oid, r.oid from r join pg_catalog.pg_attrdef d on d.adrelid = r.oid
        union all select 'pg_catalog.pg_class'::regclass, d.objid, r.oid from r join pg_catalog.pg_depend d on d.refobjid = r.oid
          and d.refclassid = 'pg_catalog.pg_class'::regclass and d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'i'
          join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
      ),
      hits as (
        select distinct d.classid, d.objid, d.objsubid, m.relation from pg_catalog.pg_depend d
        join members m on m.classid = d.refclassid and m.objid = d.refobjid
        where d.deptype in ('n', 'a', 'i', 'x')
          and not exists (select 1 from members o where o.classid = d.classid and o.objid = d.objid)
      )
      """;

  private static final String HITS =
      MEMBERS
          + """
          select h.classid::regclass::text as class, h.objid::bigint as oid, h.objsubid as sub, h.relation::bigint as via,
            vn.nspname as via_schema, vc.relname as via_name,
            pg_catalog.pg_describe_object(h.classid, h.objid, h.objsubid) as description,
            coalesce(c.oid, 0)::bigint as relation, coalesce(c.relkind, '') as kind, n.nspname as schema, c.relname as name,
            coalesce(pg_catalog.pg_get_userbyid(c.relowner), '') as owner,
            coalesce(pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE'), true) as mine,
            coalesce(w.rulename, pol.polname, '') as part, coalesce(w.ev_enabled, '') as enabled,
            case when w.oid is not null and w.rulename <> '_RETURN' then pg_catalog.pg_get_ruledef(w.oid) end as rule,
            case when w.rulename = '_RETURN' then pg_catalog.pg_get_viewdef(w.ev_class) end as view,
            coalesce(c.reloptions, '{}') as options,
            pg_catalog.pg_get_expr(pol.polqual, pol.polrelid) as qual,
            pg_catalog.pg_get_expr(pol.polwithcheck, pol.polrelid) as with_check,
            da.attname as column, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) as expression,
            ad.oid is not null and a2.attgenerated <> '' as generated
          from hits h
          join pg_catalog.pg_class vc on vc.oid = h.relation join pg_catalog.pg_namespace vn on vn.oid = vc.relnamespace
          left join pg_catalog.pg_rewrite w on h.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = h.objid
          left join pg_catalog.pg_policy pol on h.classid = 'pg_catalog.pg_policy'::regclass and pol.oid = h.objid
          left join pg_catalog.pg_attrdef ad on h.classid = 'pg_catalog.pg_attrdef'::regclass and ad.oid = h.objid
          left join pg_catalog.pg_attribute da on da.attrelid = ad.adrelid and da.attnum = ad.adnum
          left join pg_catalog.pg_attribute a2 on a2.attrelid = ad.adrelid and a2.attnum = ad.adnum
          left join pg_catalog.pg_constraint k on h.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = h.objid
          left join pg_catalog.pg_trigger tg on h.classid = 'pg_catalog.pg_trigger'::regclass and tg.oid = h.objid
          left join pg_catalog.pg_class c on c.oid = coalesce(w.ev_class, pol.polrelid, ad.adrelid,
            case when h.classid = 'pg_catalog.pg_class'::regclass then h.objid end)
          left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where not (h.classid = 'pg_catalog.pg_rewrite'::regclass and w.ev_class in (select oid from r))
            and not (h.classid = 'pg_catalog.pg_policy'::regclass and pol.polrelid in (select oid from r))
            and not (h.classid = 'pg_catalog.pg_constraint'::regclass and k.contype = 'f')
            and not (h.classid = 'pg_catalog.pg_trigger'::regclass and (tg.tgisinternal or tg.tgrelid in (select oid from r)))
            and h.classid <> 'pg_catalog.pg_statistic_ext'::regclass
            and h.classid <> 'pg_catalog.pg_publication_rel'::regclass
            and h.classid <> 'pg_catalog.pg_proc'::regclass
            and not (h.classid = 'pg_catalog.pg_class'::regclass and c.relkind in ('t', 'S', 'i', 'I'))
            and not (h.classid = 'pg_catalog.pg_class'::regclass and h.objsubid = 0 and exists (
              select 1 from pg_catalog.pg_inherits i where i.inhrelid = h.objid))
          order by description
          """;

  private static final String ROUTINES =
      MEMBERS
          + """
          select p.oid::regprocedure::text as signature, pg_catalog.pg_get_userbyid(p.proowner) as owner,
            pg_catalog.pg_has_role(current_user, p.proowner, 'USAGE') as mine, pg_catalog.max(p.prokind::text) = 'a' as aggregate,
            pg_catalog.min(vn.nspname) as via_schema, pg_catalog.min(vc.relname) as via_name,
            pg_catalog.bool_or(exists (select 1 from members m where m.classid = 'pg_catalog.pg_type'::regclass
              and (m.objid = p.prorettype or m.objid = any (p.proargtypes) or m.objid = any (p.proallargtypes)))) as typed,
            case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end as definition
          from hits h join pg_catalog.pg_proc p on h.classid = 'pg_catalog.pg_proc'::regclass and p.oid = h.objid
          join pg_catalog.pg_class vc on vc.oid = h.relation join pg_catalog.pg_namespace vn on vn.oid = vc.relnamespace
          group by p.oid order by 1
          """;

  private DependentReader() {}

  /// Finds the dependents of the relations, and of the materialized views that have to be rebuilt because of them.
  static List<Found> find(Session session, Long[] relations) {
    List<Found> all = new ArrayList<>();
    Set<Dependent> seen = new HashSet<>();
    Set<Long> known = new HashSet<>(List.of(relations));
    Long[] wave = relations;
    while (wave.length > 0) {
      List<Found> found =
          new ArrayList<>(session.query(HITS, DependentReader::dependent, (Object) wave));
      found.addAll(session.query(ROUTINES, DependentReader::routine, (Object) wave));
      List<Long> next = new ArrayList<>();
      for (Found one : found) {
        if (known.contains(one.relationOid())
            && one.dependent().kind() != Dependent.Kind.MATERIALIZED_VIEW) {
          continue;
        }
        if (seen.add(one.dependent())) {
          all.add(one);
        }
        if (one.dependent().kind() == Dependent.Kind.MATERIALIZED_VIEW
            && known.add(one.relationOid())) {
          next.add(one.relationOid());
        }
      }
      wave = next.toArray(Long[]::new);
    }
    return all;
  }

  private static Found dependent(Row row) throws SQLException {
    long relation = row.number("relation");
    QualifiedName name = new QualifiedName(row.text("schema"), row.text("name"));
    char kind = row.letter("kind");
    boolean view = row.textOrNull("view") != null;
    return switch (row.text("class")) {
      case "pg_rewrite", "pg_catalog.pg_rewrite" -> {
        if (view && kind == 'v') {
          yield found(row, Dependent.Kind.VIEW, name, List.of(replaceView(row, name)), relation);
        }
        if (view && kind == 'm') {
          yield found(
              row, Dependent.Kind.MATERIALIZED_VIEW, name, List.of(row.text("view")), relation);
        }
        String rule = row.text("rule").replaceFirst("^CREATE RULE", "CREATE OR REPLACE RULE");
        yield found(row, Dependent.Kind.RULE, name, List.of(rule), relation);
      }
      case "pg_policy", "pg_catalog.pg_policy" ->
          found(row, Dependent.Kind.POLICY, name, List.of(alterPolicy(row, name)), relation);
      case "pg_attrdef", "pg_catalog.pg_attrdef" ->
          row.flag("generated")
              ? found(row, Dependent.Kind.FIXED, name, List.of(), relation)
              : found(
                  row,
                  Dependent.Kind.DEFAULT,
                  name,
                  List.of(
                      "ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %s"
                          .formatted(
                              name.sql(), Sql.quote(row.text("column")), row.text("expression"))),
                  relation);
      default -> found(row, Dependent.Kind.FIXED, name, List.of(), relation);
    };
  }

  private static Found found(
      Row row, Dependent.Kind kind, QualifiedName name, List<String> sql, long relation)
      throws SQLException {
    return new Found(
        new Dependent(
            kind,
            name,
            row.text("part"),
            sql,
            row.text("owner"),
            row.flag("mine"),
            new QualifiedName(row.text("via_schema"), row.text("via_name")),
            row.text("description")),
        relation);
  }

  private static Found routine(Row row) throws SQLException {
    boolean fixed = row.flag("typed") || row.flag("aggregate");
    return new Found(
        new Dependent(
            fixed ? Dependent.Kind.FIXED : Dependent.Kind.FUNCTION,
            new QualifiedName("", row.text("signature")),
            "",
            fixed ? List.of() : List.of(row.text("definition")),
            row.text("owner"),
            row.flag("mine"),
            new QualifiedName(row.text("via_schema"), row.text("via_name")),
            "function " + row.text("signature")),
        0);
  }

  /// CREATE OR REPLACE VIEW keeps the view's OID, grants, triggers and dependents, but not its options: they are named again.
  private static String replaceView(Row row, QualifiedName name) throws SQLException {
    String options =
        row.texts("options").stream()
            .map(option -> {
              int equals = option.indexOf('=');
              return "%s = %s"
                  .formatted(
                      Sql.quote(option.substring(0, equals)),
                      Sql.literal(option.substring(equals + 1)));
            })
            .collect(joining(", "));
    return "CREATE OR REPLACE VIEW %s%s AS %s"
        .formatted(
            name.sql(), options.isEmpty() ? "" : " WITH (" + options + ")", row.text("view"));
  }

  private static String alterPolicy(Row row, QualifiedName name) throws SQLException {
    String qual = row.textOrNull("qual") == null ? "" : " USING (" + row.text("qual") + ")";
    String check =
        row.textOrNull("with_check") == null ? "" : " WITH CHECK (" + row.text("with_check") + ")";
    return "ALTER POLICY %s ON %s%s%s"
        .formatted(Sql.quote(row.text("part")), name.sql(), qual, check);
  }
}
