package dev.pgmend.catalog;

import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What logical replication has to do with the target, besides the publications that name a table.
///
/// @param subscriptions those of this database
/// @param subscribed which of the tables of the snapshot they feed
/// @param publishedSchemas schemas of which a publication publishes every table, in a server with logical WAL
public record Replication(
    List<String> subscriptions, List<Subscribed> subscribed, Set<String> publishedSchemas) {
  /// There is none.
  public static final Replication NONE = new Replication(List.of(), List.of(), Set.of());

  public Replication {
    subscriptions = List.copyOf(subscriptions);
    subscribed = List.copyOf(subscribed);
    publishedSchemas = Set.copyOf(publishedSchemas);
  }

  /// A table that a subscription feeds.
  public record Subscribed(String subscription, QualifiedName table) {}

  static Replication read(Session session, Long[] relations, int major) {
    List<String> subscriptions =
        session.query(
            """
            select subname from pg_catalog.pg_subscription
            where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) order by subname
            """,
            row -> row.text("subname"));
    List<Subscribed> subscribed =
        session.query(
            """
            select s.subname, n.nspname, c.relname from pg_catalog.pg_subscription_rel r join pg_catalog.pg_subscription s on s.oid = r.srsubid
            join pg_catalog.pg_class c on c.oid = r.srrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where r.srrelid = any (?::bigint[]::oid[]) order by 1, 2, 3
            """,
            row ->
                new Subscribed(
                    row.text("subname"),
                    new QualifiedName(row.text("nspname"), row.text("relname"))),
            (Object) relations);
    Set<String> schemas =
        major < 15
            ? Set.of()
            : new HashSet<>(
                session.query(
                    """
                    select n.nspname from pg_catalog.pg_publication_namespace p join pg_catalog.pg_namespace n on n.oid = p.pnnspid
                    where pg_catalog.current_setting('wal_level') = 'logical'
                    """,
                    row -> row.text("nspname")));
    return new Replication(subscriptions, subscribed, schemas);
  }
}
