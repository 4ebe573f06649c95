package dev.pgmend.catalog;

import dev.pgmend.catalog.ObjectId.Kind;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Reads [Rights]. A superuser has them all.
final class RightsReader {
  private static final String UNUSABLE =
      """
      select 'TYPE' as kind, n.nspname as schema, t.typname as name from pg_catalog.pg_type t
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      where t.typtype in ('b', 'd', 'e', 'r', 'm', 'c') and t.typacl is not null and t.typcategory <> 'A'
        and not pg_catalog.has_type_privilege(t.oid, 'USAGE')
      union all
      select 'ROUTINE', '', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '('
        || case when p.prokind = 'a' and p.pronargs = 0 then '*' else pg_catalog.pg_get_function_identity_arguments(p.oid) end || ')'
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where p.proacl is not null and n.nspname not in ('pg_catalog', 'information_schema')
        and not pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
      """;

  private static final String TYPE_OWNERS =
      """
      select n.nspname as schema, t.typname as name, pg_catalog.pg_get_userbyid(t.typowner) as owner
      from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      left join pg_catalog.pg_class c on c.oid = t.typrelid
      where (t.typtype = 'd' or t.typtype = 'c' and c.relkind = 'c') and n.nspname not in ('pg_catalog', 'information_schema')
        and not pg_catalog.pg_has_role(current_user, t.typowner, 'USAGE')
      """;

  private static final String BARRED_TABLESPACES =
      """
      select s.spcname from pg_catalog.pg_tablespace s join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
      where s.oid <> d.dattablespace and not pg_catalog.has_tablespace_privilege(s.oid, 'CREATE')
      """;

  private static final String CREATORS =
      """
      select n.nspname as schema, r.rolname as role from pg_catalog.pg_namespace n cross join pg_catalog.pg_roles r
      where n.nspname = any (?::text[]) and pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
      """;

  private RightsReader() {}

  /// @param schemas where the restore may create something
  static Rights read(Session session, Collection<String> schemas) {
    Set<ObjectId> unusable =
        new HashSet<>(
            session.query(
                UNUSABLE,
                row -> {
                  Kind kind = Kind.valueOf(row.text("kind"));
                  String name = row.text("name");
                  return ObjectId.of(
                      kind,
                      row.text("schema"),
                      kind == Kind.ROUTINE ? PresenceReader.signature(name) : name);
                }));
    Map<QualifiedName, String> owners = new HashMap<>();
    session
        .query(
            TYPE_OWNERS,
            row ->
                Map.entry(
                    new QualifiedName(row.text("schema"), row.text("name")), row.text("owner")))
        .forEach(type -> owners.put(type.getKey(), type.getValue()));
    Map<String, Set<String>> creators = new HashMap<>();
    schemas.forEach(schema -> creators.put(schema, new HashSet<>()));
    session
        .query(
            CREATORS,
            row -> Map.entry(row.text("schema"), row.text("role")),
            (Object) schemas.stream().distinct().toArray(String[]::new))
        .forEach(pair ->
            creators.computeIfAbsent(pair.getKey(), _ -> new HashSet<>()).add(pair.getValue()));
    Set<String> barred = Set.copyOf(session.query(BARRED_TABLESPACES, row -> row.text("spcname")));
    return new Rights(unusable, owners, barred, creators);
  }
}
