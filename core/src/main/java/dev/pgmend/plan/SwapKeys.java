package dev.pgmend.plan;

import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.ForeignKey;
import dev.pgmend.catalog.Snapshot.Inheritance;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The foreign keys around tables that are exchanged: dropped with the old, added to the new, restored by an undo.
final class SwapKeys {
  private final Draft draft;
  private final ForeignKeys keys;
  private final SwapRefusals refusals;
  private final Snapshot target;
  private final Set<QualifiedName> leaving;

  SwapKeys(Draft draft, ForeignKeys keys, SwapRefusals refusals, Set<QualifiedName> leaving) {
    this.draft = draft;
    this.keys = keys;
    this.refusals = refusals;
    this.target = draft.target;
    this.leaving = leaving;
  }

  /// Drops them all: a kept table must neither hold on to others nor be held on to.
  void drop() {
    for (ForeignKey key : touching()) {
      draft.cut(
          "drop foreign key %s of %s".formatted(Sql.quote(key.name()), key.table()),
          "ALTER TABLE %s DROP CONSTRAINT %s".formatted(key.table().sql(), Sql.quote(key.name())),
          "ACCESS EXCLUSIVE on %s and %s".formatted(key.table(), key.references()));
      restoreOnUndo(key);
    }
  }

  /// Foreign keys of the leaving tables and those that point at them or at their partitioned ancestors.
  List<ForeignKey> touching() {
    Set<QualifiedName> pointedAt = new LinkedHashSet<>(leaving);
    List<QualifiedName> queue = new ArrayList<>(leaving);
    for (int i = 0; i < queue.size(); i++) {
      for (Inheritance link : target.parents(queue.get(i))) {
        if (link.isPartition() && pointedAt.add(link.parent())) {
          queue.add(link.parent());
        }
      }
    }
    return target.foreignKeys().stream()
        .filter(key -> leaving.contains(key.table()) || pointedAt.contains(key.references()))
        .toList();
  }

  private void restoreOnUndo(ForeignKey key) {
    ForeignKeyDefinition definition =
        ForeignKeyDefinition.parseBody(
            key.table(), !key.partitioned(), key.name(), key.definition());
    boolean atOnce =
        definition.notEnforced() || (key.partitioned() && target.server().version() < 180000);
    draft.inverse(
        "restore foreign key %s of %s".formatted(Sql.quote(key.name()), key.table()),
        "ALTER TABLE %s%s ADD CONSTRAINT %s %s%s%s"
            .formatted(
                key.partitioned() ? "" : "ONLY ",
                key.table().sql(),
                Sql.quote(key.name()),
                definition.body(),
                atOnce ? "" : " NOT VALID",
                comment(key)));
    if (key.validated() && !atOnce) {
      draft.undoSettle.add(
          new Step.Validate(key.table(), key.name(), keys.forced(key.table(), key.references())));
    }
  }

  private static String comment(ForeignKey key) {
    return key.comment().isEmpty()
        ? ""
        : ";\nCOMMENT ON CONSTRAINT %s ON %s IS %s"
            .formatted(Sql.quote(key.name()), key.table().sql(), Sql.literal(key.comment()));
  }

  /// Adds the foreign keys of other tables again, as the live server has them.
  void incoming(Function<QualifiedName, Optional<QualifiedName>> staged) {
    for (ForeignKey key : touching()) {
      if (leaving.contains(key.table())) {
        continue;
      }
      ForeignKeyDefinition definition =
          ForeignKeyDefinition.parseBody(
              key.table(), !key.partitioned(), key.name(), key.definition());
      target
          .relation(key.table())
          .filter(relation -> !relation.mine())
          .ifPresent(relation -> refusals.membership("table " + relation.name(), relation.owner()));
      draft.inverse(
          "drop foreign key %s of %s".formatted(Sql.quote(key.name()), key.table()),
          "ALTER TABLE %s DROP CONSTRAINT %s".formatted(key.table().sql(), Sql.quote(key.name())));
      keys.add(definition, key.partitioned(), key.validated(), staged, 0);
      if (!key.comment().isEmpty()) {
        draft.cut(
            "restore the comment of foreign key " + Sql.quote(key.name()),
            comment(key).substring(2),
            "");
      }
    }
  }
}
