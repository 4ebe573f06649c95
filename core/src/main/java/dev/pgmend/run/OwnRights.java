package dev.pgmend.run;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Rights that owners lack on their own relations, lent for one transaction. An owner may grant them to himself at any time; having
/// revoked them he could nevertheless not read his table, nor add a foreign key that refers to it. Relations are known by their
/// OID, for they change their names in between.
final class OwnRights {
  private static final String LACKING =
      """
      with recursive r(oid) as (
        select c.oid from unnest(?::text[], ?::text[]) as w(schema, name)
        join pg_catalog.pg_namespace n on n.nspname = w.schema
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
        union
        select d.objid from r join pg_catalog.pg_depend d on d.refobjid = r.oid
          and d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
        join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S')
      select c.oid::bigint as oid, x.rights,
        array(select pg_catalog.format('GRANT %s (%I) ON %s TO %I%s', e.privilege_type, a.attname, c.oid::regclass,
            pg_catalog.pg_get_userbyid(c.relowner), case when e.is_grantable then ' WITH GRANT OPTION' end)
          from pg_catalog.pg_attribute a cross join lateral pg_catalog.aclexplode(a.attacl) e
          where a.attrelid = c.oid and e.grantee = c.relowner and e.grantor = c.relowner and e.privilege_type = any (x.rights)
          order by a.attnum) as of_columns
      from r join pg_catalog.pg_class c on c.oid = r.oid cross join lateral (
        select array(select p from pg_catalog.unnest(case when c.relkind = 'S' then array['SELECT', 'UPDATE']
            else array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRIGGER'] end) p
          where not pg_catalog.has_table_privilege(c.relowner, c.oid, p)) as rights) x
      where c.relkind in ('r', 'p', 'S') and c.relacl is not null and pg_catalog.cardinality(x.rights) > 0
        and pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')
      """;

  private record Lent(long oid, List<String> rights, List<String> ofColumns) {}

  private final Session session;
  private final List<Lent> lent = new ArrayList<>();

  OwnRights(Session session) {
    this.session = session;
  }

  /// Grants the owners of these relations what they lack, in the current transaction; names that do not exist are left out.
  void lend(Collection<QualifiedName> relations) {
    if (relations.isEmpty()) {
      return;
    }
    List<Lent> lacking =
        session.query(
            LACKING,
            row -> new Lent(row.number("oid"), row.texts("rights"), row.texts("of_columns")),
            relations.stream().map(QualifiedName::schema).toArray(String[]::new),
            relations.stream().map(QualifiedName::name).toArray(String[]::new));
    lacking.forEach(relation -> change("GRANT %s ON %s TO %s", relation));
    lent.addAll(lacking);
  }

  /// {@return the statement that lets this session's role read somebody else's table}
  String select(QualifiedName table) {
    return session
        .query(
            "select pg_catalog.format('GRANT SELECT ON TABLE %s TO %I;', ?, current_user) as sql",
            row -> row.text("sql"), table.sql())
        .getFirst();
  }

  /// {@return the statements that let this session's role read the tables that refer to these by foreign keys}
  List<String> missingOnReferring(Collection<QualifiedName> tables) {
    return session.query(
        """
        select distinct pg_catalog.format('GRANT SELECT ON TABLE %I.%I TO %I;', kn.nspname, kc.relname, current_user) as sql
        from unnest(?::text[], ?::text[]) as w(schema, name) join pg_catalog.pg_namespace n on n.nspname = w.schema
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
        join pg_catalog.pg_constraint k on k.confrelid = c.oid and k.contype = 'f'
        join pg_catalog.pg_class kc on kc.oid = k.conrelid join pg_catalog.pg_namespace kn on kn.oid = kc.relnamespace
        where not pg_catalog.has_table_privilege(kc.oid, 'SELECT') order by 1
        """,
        row -> row.text("sql"),
        tables.stream().map(QualifiedName::schema).toArray(String[]::new),
        tables.stream().map(QualifiedName::name).toArray(String[]::new));
  }

  /// Revokes what was granted. Revoking a right on a table revokes it on the columns as well, so these get theirs again.
  void takeBack() {
    for (Lent relation : lent) {
      if (change("REVOKE %s ON %s FROM %s", relation)) {
        relation.ofColumns().forEach(session::execute);
      }
    }
    lent.clear();
  }

  /// {@return whether the relation is still there}
  private boolean change(String statement, Lent relation) {
    List<String> now =
        session.query(
            """
            select pg_catalog.format(?, ?, case relkind when 'S' then 'SEQUENCE ' else 'TABLE ' end || oid::regclass,
              pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner))) as sql
            from pg_catalog.pg_class where oid = ?::bigint::oid
            """,
            row -> row.text("sql"),
            statement,
            String.join(", ", relation.rights()),
            relation.oid());
    now.forEach(session::execute);
    return !now.isEmpty();
  }
}
