package dev.pgmend.catalog;

import dev.pgmend.catalog.ObjectId.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.HashSet;
import java.util.Set;

/// Reads which objects exist: every named object outside the system schemas, and for the relations of interest also their
/// defaults, constraints, triggers, rules, policies and memberships.
final class PresenceReader {
  private static final String QUERY =
      """
      select 'SCHEMA' as kind, '' as schema, nspname::text as name, '' as part from pg_catalog.pg_namespace
      union all select 'EXTENSION', '', extname, '' from pg_catalog.pg_extension
      union all select 'LANGUAGE', '', lanname, '' from pg_catalog.pg_language
      union all select 'PUBLICATION', '', pubname, '' from pg_catalog.pg_publication
      union all select 'RELATION', n.nspname, c.relname, '' from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind <> 't' and n.nspname !~ '^pg_(toast|temp)' and n.nspname not in ('pg_catalog', 'information_schema')
      union all select 'TYPE', n.nspname, t.typname, '' from pg_catalog.pg_type t
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        where t.typtype in ('b', 'd', 'e', 'r', 'm', 'c') and n.nspname !~ '^pg_(toast|temp)'
          and n.nspname not in ('pg_catalog', 'information_schema')
      union all select 'COLLATION', n.nspname, c.collname, '' from pg_catalog.pg_collation c
        join pg_catalog.pg_namespace n on n.oid = c.collnamespace where n.nspname <> 'pg_catalog'
      union all select 'ROUTINE', '', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '('
          || case when p.prokind = 'a' and p.pronargs = 0 then '*' else pg_catalog.pg_get_function_identity_arguments(p.oid) end || ')', ''
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname not in ('pg_catalog', 'information_schema')
      union all select 'OPERATOR', '', o.oid::regoperator::text, '' from pg_catalog.pg_operator o
        join pg_catalog.pg_namespace n on n.oid = o.oprnamespace where n.nspname <> 'pg_catalog'
      union all select 'CAST', '', (pg_catalog.pg_identify_object('pg_catalog.pg_cast'::regclass, c.oid, 0)).identity, ''
        from pg_catalog.pg_cast c where c.oid >= 16384
      union all select 'STATISTICS', n.nspname, s.stxname, '' from pg_catalog.pg_statistic_ext s
        join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
      union all select 'PUBLICATION_TABLE', n.nspname, c.relname, p.pubname from pg_catalog.pg_publication_rel r
        join pg_catalog.pg_publication p on p.oid = r.prpubid join pg_catalog.pg_class c on c.oid = r.prrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      union all
      select x.kind, n.nspname, c.relname, x.part
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join (
        select 'DEFAULT' as kind, d.adrelid as relation, a.attname::text as part from pg_catalog.pg_attrdef d
          join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        union all select 'IDENTITY', a.attrelid, a.attname from pg_catalog.pg_attribute a where a.attidentity <> ''
        union all select 'CONSTRAINT', k.conrelid, k.conname from pg_catalog.pg_constraint k where k.conrelid <> 0
        union all select 'TRIGGER', t.tgrelid, t.tgname from pg_catalog.pg_trigger t where not t.tgisinternal
        union all select 'RULE', r.ev_class, r.rulename from pg_catalog.pg_rewrite r
        union all select 'POLICY', p.polrelid, p.polname from pg_catalog.pg_policy p
        union all select 'ATTACHMENT', i.inhrelid, '' from pg_catalog.pg_inherits i
      ) x on x.relation = c.oid
      where c.oid = any (?::bigint[]::oid[])
      """;

  private PresenceReader() {}

  static Set<ObjectId> read(Session session, Long[] relations) {
    return new HashSet<>(
        session.query(
            QUERY,
            row ->
                new ObjectId(
                    Kind.valueOf(row.text("kind")),
                    new QualifiedName(
                        row.text("schema"), normalized(row.text("kind"), row.text("name"))),
                    row.text("part")),
            (Object) relations));
  }

  /// A signature is compared without its blanks: pg_dump writes `f(a, b)` where regprocedure writes `f(a,b)`.
  private static String normalized(String kind, String name) {
    return kind.equals("ROUTINE") || kind.equals("OPERATOR") || kind.equals("CAST")
        ? signature(name)
        : name;
  }

  static String signature(String text) {
    return text.replace(", ", ",").strip();
  }
}
