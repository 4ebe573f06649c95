package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.Dependent;
import dev.pgmend.catalog.Snapshot.Inheritance;
import dev.pgmend.catalog.Snapshot.Membership;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Plans [Mode#SWAP]: build the complete table in staging, then exchange it for the live one in one short transaction. What
/// belongs to the table comes from the backup, what depends on it from the live target. The old table is kept, without foreign
/// keys, parents, owned sequences and statistics objects of its own name, so that it blocks nobody.
final class SwapPlanner {
  private final Draft draft;
  private final EntrySql sql;
  private final Preflight preflight;
  private final Map<Integer, Entry> all;
  private final Cutover cutover;
  private final Snapshot target;
  private final List<Entry> tables;

  /// The live tables that leave: those of the closure and their live descendants.
  private final Set<QualifiedName> leaving = new LinkedHashSet<>();

  private final Map<QualifiedName, QualifiedName> stagedNames = new HashMap<>();
  private final SwapRefusals refusals;
  private final SwapKeys keys;
  private final SwapSequences sequences;
  private final KeptTables kept;

  SwapPlanner(
      Draft draft, EntrySql sql, Preflight preflight, Map<Integer, Entry> all, List<Entry> tables) {
    this.draft = draft;
    this.sql = sql;
    this.preflight = preflight;
    this.all = all;
    this.cutover = new Cutover(draft, sql);
    this.target = draft.target;
    this.tables = tables;
    tables.forEach(table -> leaving.add(Entries.name(table)));
    List<QualifiedName> queue = new ArrayList<>(leaving);
    for (int i = 0; i < queue.size(); i++) {
      for (Inheritance link : target.children(queue.get(i))) {
        if (leaving.add(link.child())) {
          queue.add(link.child());
        }
      }
    }
    this.refusals = new SwapRefusals(draft, leaving);
    this.keys = new SwapKeys(draft, new ForeignKeys(draft, sql), refusals, leaving);
    this.sequences = new SwapSequences(draft, sql, tables, leaving);
    this.kept = new KeptTables(draft, sql, tables, leaving);
  }

  /// {@return where the rows are that a table will have}
  Optional<QualifiedName> staged(QualifiedName table) {
    return Optional.ofNullable(stagedNames.get(table));
  }

  /// Plans everything.
  void plan() {
    tables.forEach(table -> draft.modes.put(Entries.name(table), Mode.SWAP));
    preflight.needsSchemas("an exchange of tables");
    refusals.check();
    Stager stager = new Stager(draft, sql, tables, sequences.live());
    stager.plan(Set.of());
    List<Entry> rest = new ArrayList<>();
    List<Entry> executed = new ArrayList<>(tables);
    for (Entry table : tables) {
      for (Entry entry : draft.closure.belongings(table)) {
        if (!stager.staged(entry)) {
          rest.add(entry);
        }
        executed.add(entry);
      }
    }
    preflight.entries(executed, all, Set.of());
    lock();
    keys.drop();
    sequences.release();
    List<Membership> memberships =
        target.publications().stream()
            .filter(membership -> membership.named() && leaving.contains(membership.table()))
            .toList();
    memberships.forEach(this::withdraw);
    kept.moveOut();
    cutover.moveIn(tables, stager, true);
    sequences.identities();
    sequences.give(rest);
    attach(rest);
    rest.removeIf(
        entry -> entry.desc().equals("TABLE ATTACH") || entry.desc().equals("SEQUENCE SET"));
    stager.names().keySet().forEach(name -> stagedNames.put(name, stager.stagedName(name)));
    Function<QualifiedName, Optional<QualifiedName>> staged = this::staged;
    List<Entry> outgoing =
        rest.stream().filter(entry -> entry.desc().equals("FK CONSTRAINT")).toList();
    outgoing.forEach(entry -> {
      ForeignKeyDefinition key = sql.foreignKey(entry);
      draft.inverse(
          "drop foreign key " + Sql.quote(key.name()) + " of " + key.table(), EntrySql.drop(entry));
    });
    rest.sort(draft.order);
    int removals = draft.removalCount();
    List<Entry> grants = rest.stream().filter(entry -> entry.desc().equals("ACL")).toList();
    rest.removeAll(grants);
    cutover.execute(rest, staged, cutover.withTables(tables));
    draft.truncateRemovals(removals);
    new SwapMatviews(draft, preflight, tables).plan(stager);
    dependents();
    keys.incoming(staged);
    cutover.execute(grants, staged, cutover.withTables(tables));
    memberships.forEach(this::publish);
    for (Entry table : tables) {
      CreatePlanner.probe(draft, table, stager);
    }
    kept.replaced(executed);
  }

  /// The kept table is nobody's to follow.
  private void withdraw(Membership membership) {
    String publication = Sql.quote(membership.publication());
    draft.cut(
        "withdraw %s from publication %s".formatted(membership.table(), publication),
        drop(membership),
        "SHARE UPDATE EXCLUSIVE on " + membership.table());
    draft.inverse(
        "publish %s by %s again".formatted(membership.table(), publication), add(membership));
  }

  private void publish(Membership membership) {
    boolean there =
        tables.stream().anyMatch(table -> Entries.name(table).equals(membership.table()));
    if (there) {
      String publication = Sql.quote(membership.publication());
      draft.cut(
          "publish the new %s by %s".formatted(membership.table(), publication),
          add(membership),
          "SHARE UPDATE EXCLUSIVE on " + membership.table());
      draft.inverse(
          "withdraw the new %s from publication %s".formatted(membership.table(), publication),
          drop(membership));
    }
  }

  private static String add(Membership membership) {
    return "ALTER PUBLICATION %s ADD TABLE ONLY %s%s"
        .formatted(
            Sql.quote(membership.publication()), membership.table().sql(), membership.clause());
  }

  private static String drop(Membership membership) {
    return "ALTER PUBLICATION %s DROP TABLE ONLY %s"
        .formatted(Sql.quote(membership.publication()), membership.table().sql());
  }

  private void lock() {
    List<String> names = leaving.stream().map(QualifiedName::sql).sorted().toList();
    draft.cut(
        "lock " + String.join(", ", names),
        "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE".formatted(String.join(", ONLY ", names)),
        "ACCESS EXCLUSIVE on %s (readers and writers wait)".formatted(String.join(", ", names)));
  }

  private void attach(List<Entry> rest) {
    ParentIndexes indexes = new ParentIndexes(draft, leaving);
    for (Entry entry : rest) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        indexes.attach(
            attach, entry, sql.definition(entry), "SHARE UPDATE EXCLUSIVE on " + attach.parent());
        draft.inverse(
            "detach " + attach.partition(),
            "ALTER TABLE %s DETACH PARTITION %s"
                .formatted(attach.parent().sql(), attach.partition().sql()));
      }
    }
    draft.flushLate();
  }

  private void dependents() {
    for (Dependent dependent : target.dependents()) {
      switch (dependent.kind()) {
        case VIEW, FUNCTION, RULE, POLICY, DEFAULT -> {
          String text = String.join(";\n", dependent.sql());
          draft.cut(
              "bind %s to the new table".formatted(dependent.description()),
              text,
              dependent.kind() == Dependent.Kind.FUNCTION
                  ? ""
                  : "ACCESS EXCLUSIVE on " + dependent.name());
          draft.afterwards("bind %s to the old table".formatted(dependent.description()), text);
        }
        case MATERIALIZED_VIEW, FIXED -> {}
      }
    }
  }
}
