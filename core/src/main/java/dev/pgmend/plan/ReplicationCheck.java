package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Replication;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a new table in the place of an old one does to logical replication. Publishers name tables to subscribers, so changes to
/// the new table go on arriving there, but its rows of the moment never do; a subscription knows its tables by OID, and passes
/// over what arrives for any other. Source: PostgreSQL, `pgoutput.c` and `worker.c`, `should_apply_changes_for_rel`.
final class ReplicationCheck {
  private final Draft draft;
  private final Snapshot target;

  ReplicationCheck(Draft draft) {
    this.draft = draft;
    this.target = draft.target;
  }

  /// Checks tables that are to be exchanged.
  ///
  /// @return the memberships that the new tables take over
  Set<Snapshot.Membership> exchanged(Collection<QualifiedName> leaving) {
    Set<Snapshot.Membership> taken = new LinkedHashSet<>();
    for (QualifiedName table : leaving) {
      Set<QualifiedName> published = withParents(table);
      for (Snapshot.Membership membership : target.publications()) {
        if (!published.contains(membership.table())) {
          continue;
        }
        if (membership.table().equals(table)) {
          taken.add(membership);
        }
        if (draft.request.breakReplication()) {
          unsent(table, membership.publication());
        } else {
          draft.refuse(
              "publication",
              "table %s is published by %s: subscribers would not be sent the rows of an exchanged table, and go on with other ones"
                  .formatted(table, Sql.quote(membership.publication())),
              draft.instead + "; or use --break-replication and resynchronise the subscribers.");
        }
      }
      for (Replication.Subscribed subscribed : target.replication().subscribed()) {
        if (published.contains(subscribed.table())) {
          subscribed(
              "table %s is fed by subscription %s, which would pass over everything that arrives for an exchanged table"
                  .formatted(table, Sql.quote(subscribed.subscription())),
              draft.instead + "; or use --break-replication",
              List.of(subscribed.subscription()));
        }
      }
    }
    return taken;
  }

  /// Checks tables that are to be created.
  ///
  /// @param entries what comes with them
  /// @param inPlace whether their rows are written under their final names
  void created(Collection<Entry> tables, Collection<Entry> entries, boolean inPlace) {
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      if (inPlace && target.replication().publishedSchemas().contains(name.schema())) {
        draft.refuse(
            "publication",
            "every table in schema %s is published, and table %s cannot be filled elsewhere first: its rows would be sent to subscribers that have them already"
                .formatted(Sql.quote(name.schema()), name),
            "Let the publication name its tables instead of the schema, and its subscribers refresh; then try again.");
      } else if (target.replication().publishedSchemas().contains(name.schema())) {
        unsent(name, "of its schema");
      }
    }
    if (!target.replication().subscriptions().isEmpty()) {
      subscribed(
          "this database has subscriptions (%s), and which of them fed table %s fell with it: they would pass over everything that arrives for a table created anew"
              .formatted(
                  String.join(
                      ", ", target.replication().subscriptions().stream().map(Sql::quote).toList()),
                  Entries.name(tables.iterator().next())),
          "--break-replication",
          target.replication().subscriptions());
    }
    for (Entry entry : entries) {
      if (Entries.head(entry).orElse(null) instanceof Head.PublicationTable member) {
        unsent(member.table(), Sql.quote(member.publication()));
      }
    }
  }

  private void unsent(QualifiedName table, String publication) {
    draft.notices.add(
        "%s is published (publication %s): what is written to it from now on goes to subscribers, the rows that are restored do not; they keep those that they have"
            .formatted(table, publication));
  }

  private void subscribed(String reason, String choice, List<String> subscriptions) {
    List<String> refresh =
        subscriptions.stream()
            .map(name ->
                "ALTER SUBSCRIPTION %s REFRESH PUBLICATION WITH (copy_data = false);"
                    .formatted(Sql.quote(name)))
            .toList();
    if (draft.request.breakReplication()) {
      draft.notices.add(
          "%s, until its owner runs: %s".formatted(reason, String.join(" ", refresh)));
    } else {
      draft.refuse(
          "subscription",
          reason,
          "%s, and at once afterwards: %s".formatted(choice, String.join(" ", refresh)));
    }
  }

  /// {@return the table and what it is a partition of, at any height: who publishes a partitioned table publishes its partitions}
  private Set<QualifiedName> withParents(QualifiedName table) {
    Set<QualifiedName> found = new LinkedHashSet<>(Set.of(table));
    List<QualifiedName> wave = List.of(table);
    while (!wave.isEmpty()) {
      wave =
          wave.stream()
              .flatMap(name -> target.parents(name).stream())
              .filter(Snapshot.Inheritance::isPartition)
              .map(Snapshot.Inheritance::parent)
              .filter(found::add)
              .toList();
    }
    return found;
  }
}
