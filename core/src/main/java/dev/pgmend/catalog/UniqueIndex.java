package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// An index that keeps two rows of a table from being there at once: of a unique or an exclusion constraint, or one that is only an
/// index; partial, deferrable or on expressions.
///
/// @param expressions what is compared, as SQL on the table's columns, with its collation
/// @param operators how the first row's is compared with the second's, as `OPERATOR("schema".=)`
/// @param predicate SQL that holds for the rows that it is about; "" for all
/// @param columns the columns that expressions and predicate name
/// @param nullsEqual whether NULL keeps NULL out
public record UniqueIndex(
    QualifiedName table,
    String name,
    List<String> expressions,
    List<String> operators,
    String predicate,
    List<String> columns,
    boolean nullsEqual) {
  public UniqueIndex {
    expressions = List.copyOf(expressions);
    operators = List.copyOf(operators);
    columns = List.copyOf(columns);
  }

  /// Reads those of relations, whose names by OID are given.
  static List<UniqueIndex> read(Session session, Map<Long, QualifiedName> names, Long[] oids) {
    return session.query(
        """
        select i.indrelid::bigint as relation, c.relname::text as name,
          array(select '(' || pg_catalog.pg_get_indexdef(i.indexrelid, g + 1, false) || ')' || coalesce((
              select ' COLLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
              from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace
              where l.oid = i.indcollation[g]), '')
            from pg_catalog.generate_series(0, i.indnkeyatts - 1) g order by g) as expressions,
          array(select 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')' from pg_catalog.generate_series(0, i.indnkeyatts - 1) g
            join pg_catalog.pg_opclass oc on oc.oid = i.indclass[g]
            join pg_catalog.pg_operator o on o.oid = coalesce(k.conexclop[g + 1], (
              select ao.amopopr from pg_catalog.pg_amop ao where ao.amopfamily = oc.opcfamily and ao.amoplefttype = oc.opcintype
                and ao.amoprighttype = oc.opcintype and ao.amopstrategy = 3 and am.amname = 'btree'))
            join pg_catalog.pg_namespace n on n.oid = o.oprnamespace order by g) as operators,
          coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') as predicate,
          array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = i.indrelid and a.attnum > 0
            and (a.attnum = any (i.indkey) or exists (select 1 from pg_catalog.pg_depend d
              where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = i.indexrelid
                and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid = a.attnum))
            order by a.attnum) as columns,
          coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) as nulls_equal
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_am am on am.oid = c.relam
        left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype = 'x'
        where i.indrelid = any (?::bigint[]::oid[]) and (i.indisunique or i.indisexclusion) and i.indisready
        order by i.indrelid, c.relname
        """,
        row ->
            new UniqueIndex(
                Objects.requireNonNull(names.get(row.number("relation"))),
                row.text("name"),
                row.texts("expressions"),
                row.texts("operators"),
                row.text("predicate"),
                row.texts("columns"),
                row.flag("nulls_equal")),
        (Object) oids);
  }
}
