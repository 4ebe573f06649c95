package dev.pgmend.plan;

import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// What a user can do about rows that a foreign key finds no parent for: only what helps with this key, for this role, and was not
/// asked for already.
final class OrphanRemedies {
  private final Draft draft;
  private final Predicate<QualifiedName> restored;

  /// @param restored whether the rows of a table are restored by the same command
  OrphanRemedies(Draft draft, Predicate<QualifiedName> restored) {
    this.draft = draft;
    this.restored = restored;
  }

  /// {@return what helps if rows that come have no parent}
  ///
  /// @param keyed whether single rows of the table can be told apart
  /// @param nulls the columns that may be given NULL
  String coming(Snapshot.ForeignKey key, boolean keyed, List<String> nulls, boolean validLater) {
    List<String> ways = new ArrayList<>();
    boolean whole = restored.test(key.references());
    if (inBackup(key.references()) && !whole) {
      ways.add("restore %s in the same command".formatted(key.references().sql()));
    }
    if (inBackup(key.references()) && (!whole || !draft.request.policy().where().isEmpty())) {
      offer(
          ways,
          Request.Orphans.WITH_PARENTS,
          "--orphans with-parents brings the parents with them");
    }
    if (keyed && draft.request.orphans() != Request.Orphans.DELETE) {
      offer(ways, Request.Orphans.SKIP, "--orphans skip leaves such rows out");
    }
    if (keyed && !nulls.isEmpty()) {
      offer(ways, Request.Orphans.NULL, "--orphans null gives them NULL in " + listed(nulls));
    }
    if (validLater && mine(key.table())) {
      offer(
          ways, Request.Orphans.NOT_VALID, "--orphans not-valid leaves the foreign key NOT VALID");
    }
    if (ways.isEmpty()) {
      ways.add(
          "--where leaves rows out: bring back those first that have their parents in %s"
              .formatted(key.references().sql()));
    }
    return sentence(ways) + notNull(key, nulls);
  }

  /// {@return what helps if live rows lose their parents}
  ///
  /// @param reachable whether rows of the referring table can be changed by the same command
  String leaving(
      Snapshot.ForeignKey key, boolean reachable, List<String> nulls, boolean validLater) {
    List<String> ways = new ArrayList<>();
    if (inBackup(key.table()) && !restored.test(key.table())) {
      ways.add("restore %s in the same command".formatted(key.table().sql()));
    }
    if (mine(key.table())) {
      if (reachable) {
        offer(ways, Request.Orphans.DELETE, "--orphans delete removes the rows that refer to them");
      }
      if (reachable && !nulls.isEmpty()) {
        offer(ways, Request.Orphans.NULL, "--orphans null gives them NULL in " + listed(nulls));
      }
      if (validLater) {
        offer(
            ways,
            Request.Orphans.NOT_VALID,
            "--orphans not-valid leaves the foreign key NOT VALID");
      }
    }
    if (draft.request.policy().rows() != RowPolicy.Rows.MISSING) {
      ways.add(
          "%s--rows missing leaves what they refer to as it is"
              .formatted(
                  draft.request.mode().filter(Mode.SWAP::equals).isPresent()
                      ? "--mode mend "
                      : ""));
    }
    return sentence(ways) + foreign(key.table()) + notNull(key, nulls);
  }

  private void offer(List<String> ways, Request.Orphans choice, String way) {
    if (draft.request.orphans() != choice) {
      ways.add(way);
    }
  }

  private String foreign(QualifiedName table) {
    Optional<Relation> live = draft.target.relation(table);
    return live.isEmpty() || live.get().mine()
        ? ""
        : " %s belongs to role %s; to change its rows, too: %s"
            .formatted(
                table,
                Sql.quote(live.get().owner()),
                Grants.membership(draft.target, live.get().owner()));
  }

  /// Whoever has asked for NULL has to be told why there is none.
  private String notNull(Snapshot.ForeignKey key, List<String> nulls) {
    Map<Boolean, List<String>> columns =
        key.columns().stream().collect(Collectors.groupingBy(nulls::contains));
    return draft.request.orphans() == Request.Orphans.NULL && nulls.isEmpty()
        ? " --orphans null cannot: column %s of %s may not be NULL."
            .formatted(listed(columns.getOrDefault(false, key.columns())), key.table())
        : "";
  }

  private boolean mine(QualifiedName table) {
    return draft.target.relation(table).map(Relation::mine).orElse(false);
  }

  private boolean inBackup(QualifiedName table) {
    return draft
        .closure
        .ownership()
        .relation(table)
        .filter(entry -> entry.desc().equals("TABLE"))
        .isPresent();
  }

  private static String listed(List<String> columns) {
    return String.join(", ", columns.stream().map(Sql::quote).toList());
  }

  private static String sentence(List<String> ways) {
    String text = String.join("; ", ways);
    return text.isEmpty()
        ? "Change those rows first."
        : Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }
}
