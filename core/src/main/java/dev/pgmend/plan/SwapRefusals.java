package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.Dependent;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Set;

/// Why tables cannot be exchanged: other people's objects, dependents that cannot follow, publications, locks.
final class SwapRefusals {
  private final Draft draft;
  private final Snapshot target;
  private final Set<QualifiedName> leaving;

  SwapRefusals(Draft draft, Set<QualifiedName> leaving) {
    this.draft = draft;
    this.target = draft.target;
    this.leaving = leaving;
  }

  /// Adds what stands in the way.
  void check() {
    for (QualifiedName name : leaving) {
      Relation live = target.relation(name).orElseThrow();
      if (!live.mine()) {
        membership("table " + name, live.owner());
      }
      if (!live.extension().isEmpty()) {
        draft.refuse(
            "extension",
            "table %s belongs to extension %s".formatted(name, Sql.quote(live.extension())),
            "Let the extension restore it.");
      }
      if (live.kind() == 'f') {
        draft.refuse(
            "kind",
            "%s is a foreign table".formatted(name),
            "Restore the table on its own server.");
      }
    }
    for (Dependent dependent : target.dependents()) {
      if (dependent.kind() == Dependent.Kind.FIXED) {
        draft.refuse(
            "row-type",
            "%s depends on %s and cannot follow an exchange"
                .formatted(dependent.description(), dependent.dependsOn()),
            draft.instead + ".");
      } else if (!dependent.mine()) {
        membership(dependent.description(), dependent.owner());
      }
    }
    for (Snapshot.Matview view : target.matviews()) {
      for (Snapshot.MatviewStatistics statistics : view.statistics()) {
        if (!statistics.mine()) {
          membership(
              "statistics object %s of %s".formatted(statistics.name(), view.name()),
              statistics.owner());
        }
      }
    }
    for (Snapshot.Membership membership : new ReplicationCheck(draft).exchanged(leaving)) {
      if (draft.request.breakReplication() && !membership.mine()) {
        membership("publication " + Sql.quote(membership.publication()), membership.owner());
      }
    }
    for (Snapshot.Blocker blocker : target.blockers()) {
      if (blocker.seconds() >= draft.request.maxBlock().toSeconds()) {
        draft.refuse(
            "blocked",
            "process %d (%s, %s for %d s) holds a lock on %s: %s"
                .formatted(
                    blocker.pid(),
                    blocker.user(),
                    blocker.state(),
                    blocker.seconds(),
                    blocker.table(),
                    blocker.query()),
            "Let it finish, or SELECT pg_terminate_backend(%d); then try again."
                .formatted(blocker.pid()));
      }
    }
    long locks = 20;
    for (QualifiedName name : leaving) {
      locks +=
          6
              + 3
                  * target.belongings().stream()
                      .filter(object -> object.table().equals(name))
                      .count();
    }
    if (locks > target.server().lockSlots() * 8 / 10) {
      draft.refuse(
          "locks",
          "the cutover would take about %d locks and the server has room for %d"
              .formatted(locks, target.server().lockSlots()),
          "Raise max_locks_per_transaction, or restore fewer tables or partitions at a time.");
    }
  }

  void membership(String what, String owner) {
    draft.refuse(
        "membership",
        "%s belongs to role %s, of which %s is not a member"
            .formatted(what, Sql.quote(owner), Sql.quote(target.server().role())),
        Grants.membership(target, owner));
  }
}
