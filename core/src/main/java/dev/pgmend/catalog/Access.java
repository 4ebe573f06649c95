package dev.pgmend.catalog;

import dev.pgmend.catalog.ObjectId.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Who owns the objects of a database, and who may do what with them.
///
/// @param owners of relations, routines, schemas, types and languages
/// @param grants of the same, those that PostgreSQL gives by default included; of columns only what was granted
/// @param all every privilege that there is on such an object; relations by pg_class.relkind S or r
public record Access(
    Map<ObjectId, String> owners, Map<ObjectId, Set<Grant>> grants, Map<String, Set<String>> all) {

  /// One privilege.
  ///
  /// @param column "" for the whole object
  /// @param grantee a role, "" for PUBLIC
  public record Grant(String column, String grantee, String privilege, boolean grantable) {}

  private static final String QUERY =
      """
      with o as (
        select 'RELATION' as kind, n.nspname as schema, c.relname::text as name, c.relowner as owner,
          coalesce(c.relacl, pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)) as acl
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        union all select 'ROUTINE', '', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '('
            || case when p.prokind = 'a' and p.pronargs = 0 then '*' else pg_catalog.pg_get_function_identity_arguments(p.oid) end || ')',
          p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        union all select 'SCHEMA', '', nspname, nspowner, coalesce(nspacl, pg_catalog.acldefault('n', nspowner))
        from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
        union all select 'TYPE', n.nspname, t.typname, t.typowner, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
        from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and t.typtype in ('b', 'd', 'e', 'r', 'c')
        union all select 'LANGUAGE', '', lanname, lanowner, coalesce(lanacl, pg_catalog.acldefault('l', lanowner))
        from pg_catalog.pg_language
      )
      select o.kind, o.schema, o.name, '' as part, pg_catalog.pg_get_userbyid(o.owner) as owner,
        case when e.grantee = 0 then '' else pg_catalog.pg_get_userbyid(e.grantee) end as grantee, e.privilege_type as privilege, e.is_grantable as grantable
      from o left join lateral pg_catalog.aclexplode(o.acl) e on true
      union all
      select 'RELATION', n.nspname, c.relname, a.attname, pg_catalog.pg_get_userbyid(c.relowner),
        case when e.grantee = 0 then '' else pg_catalog.pg_get_userbyid(e.grantee) end, e.privilege_type, e.is_grantable
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral pg_catalog.aclexplode(a.attacl) e
      where a.attacl is not null and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      """;

  private static final String ALL =
      """
      select k.kind, e.privilege_type as privilege
      from (values ('r', 'r'), ('S', 's'), ('ROUTINE', 'f'), ('SCHEMA', 'n'), ('TYPE', 'T'), ('LANGUAGE', 'l')) k(kind, letter)
      cross join lateral pg_catalog.aclexplode(pg_catalog.acldefault(k.letter::"char", 10)) e where e.grantee = 10
      """;

  /// Reads all of it. Takes no locks that anyone waits for.
  public static Access read(Session session) {
    Access access = new Access(new HashMap<>(), new HashMap<>(), new HashMap<>());
    session.query(
        QUERY,
        row -> {
          ObjectId object =
              ObjectId.of(
                  Kind.valueOf(row.text("kind")),
                  new QualifiedName(row.text("schema"), row.text("name")));
          access.owners.put(object, row.text("owner"));
          Set<Grant> grants = access.grants.computeIfAbsent(object, _ -> new HashSet<>());
          if (!row.text("privilege").isEmpty()) {
            grants.add(
                new Grant(
                    row.text("part"),
                    row.text("grantee"),
                    row.text("privilege"),
                    row.flag("grantable")));
          }
          return object;
        });
    session.query(
        ALL,
        row ->
            access
                .all
                .computeIfAbsent(row.text("kind"), _ -> new HashSet<>())
                .add(row.text("privilege")));
    return access;
  }
}
