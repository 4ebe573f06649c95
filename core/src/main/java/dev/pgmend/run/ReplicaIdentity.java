package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.plan.MendStep;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.QualifiedName;
import java.util.List;

/// PostgreSQL changes or deletes no row of a published table that subscribers could not tell from others. Whether a mend has to do
/// that is known only with the rows; what then helps is a statement of the table's owner.
final class ReplicaIdentity {
  private static final String NOT_IN_PREREQUISITE_STATE = "55000";
  private static final String INVALID_COLUMN_REFERENCE = "42P10";

  /// Published tables whose identity is not enough for what is published of them.
  private static final String LACKING =
      """
      with recursive t(oid) as (
        select c.oid from unnest(?::text[], ?::text[]) as w(schema, name) join pg_catalog.pg_namespace n on n.nspname = w.schema
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = w.name
        union select i.inhrelid from t join pg_catalog.pg_inherits i on i.inhparent = t.oid)
      select distinct pg_catalog.format('ALTER TABLE %I.%I REPLICA IDENTITY FULL;', n.nspname, c.relname) as sql
      from t join pg_catalog.pg_class c on c.oid = t.oid and c.relkind = 'r' join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral pg_catalog.pg_get_replica_identity_index(c.oid) x
      where c.relreplident <> 'f' and (x is null or $filtered)
        and exists (select 1 from pg_catalog.pg_publication p where (p.pubupdate or p.pubdelete) and (p.puballtables or exists (
          select 1 from pg_catalog.pg_publication_tables m where m.pubname = p.pubname and exists (
            select 1 from pg_catalog.pg_partition_ancestors(c.oid) a(oid) join pg_catalog.pg_class ac on ac.oid = a.oid
            join pg_catalog.pg_namespace an on an.oid = ac.relnamespace where m.schemaname = an.nspname and m.tablename = ac.relname)
          or m.pubname = p.pubname and m.schemaname = n.nspname and m.tablename = c.relname)))
      order by 1
      """;

  private ReplicaIdentity() {}

  /// {@return the failure, as a refusal with the statement that helps if it is about replica identity}
  static PgmendException explain(Session session, Plan plan, PgmendException failure) {
    if (!(failure instanceof SqlFailure server)
        || !(server.sqlState().equals(NOT_IN_PREREQUISITE_STATE)
            || server.sqlState().equals(INVALID_COLUMN_REFERENCE))) {
      return failure;
    }
    List<QualifiedName> mended =
        Mending.steps(plan.cutover()).stream().map(MendStep.Mend::table).toList();
    List<String> statements =
        session.query(
            LACKING.replace(
                "$filtered", server.sqlState().equals(INVALID_COLUMN_REFERENCE) ? "true" : "false"),
            row -> row.text("sql"),
            mended.stream().map(QualifiedName::schema).toArray(String[]::new),
            mended.stream().map(QualifiedName::name).toArray(String[]::new));
    return statements.isEmpty()
        ? failure
        : new PgmendException(
            Kind.REFUSED,
            "rows have to be changed or deleted, and subscribers could not tell which: %s; the target is unchanged"
                .formatted(server.serverMessage()),
            String.join(" ", statements),
            failure);
  }
}
