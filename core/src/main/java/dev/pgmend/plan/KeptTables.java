package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.Dependent;
import dev.pgmend.catalog.Snapshot.Inheritance;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The old tables of an exchange: detached, moved aside and kept for undo, so that they block nobody.
final class KeptTables {
  private final Draft draft;
  private final EntrySql sql;
  private final Snapshot target;
  private final List<Entry> tables;
  private final Set<QualifiedName> leaving;

  KeptTables(Draft draft, EntrySql sql, List<Entry> tables, Set<QualifiedName> leaving) {
    this.draft = draft;
    this.sql = sql;
    this.target = draft.target;
    this.tables = tables;
    this.leaving = leaving;
  }

  /// Moves the old tables aside.
  void moveOut() {
    for (QualifiedName name : leaving) {
      detach(name);
    }
    // A detached partition keeps its parent's foreign keys as its own.
    for (Snapshot.InheritedKey key : target.inheritedKeys()) {
      if (leaving.contains(key.table()) && !attachedHere(key.table())) {
        draft.cut(
            "drop foreign key %s of the old %s".formatted(Sql.quote(key.name()), key.table()),
            "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s"
                .formatted(key.table().sql(), Sql.quote(key.name())),
            "ACCESS EXCLUSIVE on " + key.table());
      }
    }
    List<QualifiedName> matviews =
        target.dependents().stream()
            .filter(dependent -> dependent.kind() == Dependent.Kind.MATERIALIZED_VIEW)
            .map(Dependent::name)
            .distinct()
            .toList();
    for (QualifiedName name : leaving) {
      moveOut("TABLE", name);
    }
    for (QualifiedName name : matviews) {
      moveOut("MATERIALIZED VIEW", name);
    }
    target.matviews().stream()
        .flatMap(view -> view.statistics().stream())
        .forEach(statistics -> moveOut("STATISTICS", statistics.name()));
    for (Snapshot.NamedObject object : target.belongings()) {
      if (object.id().kind() == ObjectId.Kind.STATISTICS && leaving.contains(object.table())) {
        moveOut("STATISTICS", object.id().relation());
      }
    }
  }

  private void moveOut(String kind, QualifiedName name) {
    String kept = draft.kept(name.schema());
    draft.cut(
        "keep the old " + name + " aside",
        Cutover.move(kind, name, kept),
        "ACCESS EXCLUSIVE on " + name);
    draft.inverse(
        "put the old " + name + " back",
        Cutover.move(kind, new QualifiedName(kept, name.name()), name.schema()));
  }

  private void detach(QualifiedName name) {
    List<Inheritance> parents =
        target.parents(name).stream()
            .sorted(Comparator.comparingInt(Inheritance::position))
            .toList();
    List<Inheritance> staying =
        parents.stream().filter(link -> !leaving.contains(link.parent())).toList();
    if (staying.isEmpty()) {
      return;
    }
    if (!staying.getFirst().isPartition()) {
      disinherit(name, parents, staying);
      return;
    }
    Inheritance link = staying.getFirst();
    draft.cut(
        "detach the old %s from %s".formatted(name, link.parent()),
        "ALTER TABLE %s DETACH PARTITION %s".formatted(link.parent().sql(), name.sql()),
        "ACCESS EXCLUSIVE on " + link.parent());
    new ParentIndexes(draft, leaving)
        .attachAgain(
            link,
            "attach the old %s to %s".formatted(name, link.parent()),
            "ALTER TABLE %s ATTACH PARTITION %s %s"
                .formatted(link.parent().sql(), name.sql(), link.bound()));
    cloned(name);
  }

  /// The mark "inherited" of the old table's columns survives only if it always has a parent: empty copies of all its parents take
  /// over. Even a parent that leaves with it has one, for the order of the parents counts, and an undo has to take all of them away
  /// and give them back in that order.
  private void disinherit(
      QualifiedName name, List<Inheritance> parents, List<Inheritance> staying) {
    String child = "ALTER TABLE " + name.sql();
    List<String> out = new ArrayList<>();
    List<String> back = new ArrayList<>();
    List<String> done = new ArrayList<>();
    for (Inheritance link : parents) {
      QualifiedName shell =
          new QualifiedName(
              draft.kept(name.schema()),
              Stager.shorten("parent_" + link.position() + "_of_" + name.name()));
      draft.stage.add(
          new Step.Statement(
              "stand in for parent %s of the old %s".formatted(link.parent(), name),
              "CREATE TABLE %s (LIKE %s INCLUDING CONSTRAINTS INCLUDING GENERATED)"
                  .formatted(shell.sql(), link.parent().sql())));
      out.add("%s INHERIT %s".formatted(child, shell.sql()));
      if (leaving.contains(link.parent())) {
        back.addFirst("%s NO INHERIT %s".formatted(child, link.parent().sql()));
      }
      back.add("%s INHERIT %s".formatted(child, link.parent().sql()));
      done.add("%s NO INHERIT %s".formatted(child, shell.sql()));
    }
    staying.forEach(link -> out.add("%s NO INHERIT %s".formatted(child, link.parent().sql())));
    back.addAll(done);
    String names = String.join(", ", staying.stream().map(link -> link.parent().sql()).toList());
    draft.cut(
        "take the old %s from its parents %s".formatted(name, names),
        String.join(";\n", out),
        "SHARE UPDATE EXCLUSIVE on " + names);
    draft.inverse("give the old %s its parents back".formatted(name), String.join(";\n", back));
  }

  /// A partition loses its parent's triggers when it is detached and gets them back enabled as the parent's are.
  private void cloned(QualifiedName partition) {
    for (Snapshot.Trigger trigger : target.triggers()) {
      if (trigger.table().equals(partition) && trigger.cloned()) {
        String word =
            switch (trigger.enabled()) {
              case 'D' -> "DISABLE";
              case 'A' -> "ENABLE ALWAYS";
              case 'R' -> "ENABLE REPLICA";
              default -> "ENABLE";
            };
        String statement =
            "ALTER TABLE ONLY %s %s TRIGGER %s"
                .formatted(partition.sql(), word, Sql.quote(trigger.name()));
        draft.afterwards("restore the state of trigger " + Sql.quote(trigger.name()), statement);
        draft.late(
            "restore the state of trigger " + Sql.quote(trigger.name()) + " of " + partition,
            statement);
      }
    }
  }

  /// {@return whether all of its parents leave as well}
  boolean attachedHere(QualifiedName child) {
    return target.parents(child).stream().allMatch(link -> leaving.contains(link.parent()));
  }

  /// What the live tables have and the backup does not.
  void replaced(List<Entry> executed) {
    Set<ObjectId> backup =
        executed.stream()
            .map(Entries::object)
            .flatMap(Optional::stream)
            .collect(Collectors.toSet());
    tables.forEach(table ->
        sql.table(table).constraints().stream()
            .filter(constraint -> constraint.name() != null)
            .forEach(constraint ->
                backup.add(
                    new ObjectId(
                        ObjectId.Kind.CONSTRAINT,
                        Entries.name(table),
                        String.valueOf(constraint.name())))));
    for (QualifiedName name : leaving) {
      Relation live = target.relation(name).orElseThrow();
      draft.replaced.add(
          "%s (%d bytes on disk) is kept in schema %s until clean"
              .formatted(name, live.bytes(), Sql.quote(draft.kept(name.schema()))));
      if (tables.stream().noneMatch(table -> Entries.name(table).equals(name))) {
        draft.replaced.add("%s is not in the backup: it leaves with its parent".formatted(name));
      }
    }
    for (Snapshot.NamedObject object : target.belongings()) {
      boolean inherited =
          !attachedHere(object.table()) && object.id().kind() == ObjectId.Kind.CONSTRAINT;
      if (!backup.contains(object.id()) && !inherited) {
        draft.replaced.add(
            "%s is not in the backup: it goes with the old table".formatted(object.id()));
      }
    }
  }
}
