package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Adds the steps of the cutover that staged tables and archive entries need, with their inverses.
final class Cutover {
  private final Draft draft;
  private final EntrySql sql;
  private final ForeignKeys keys;

  /// Created here and not part of a table: what uses it has to be dropped before it, even if it would go with its table.
  private final Set<Integer> outsideTable = new HashSet<>();

  Cutover(Draft draft, EntrySql sql) {
    this.draft = draft;
    this.sql = sql;
    this.keys = new ForeignKeys(draft, sql);
  }

  /// Moves staged tables to their final names and gives them their owners, parents and sequence ownerships.
  void moveIn(List<Entry> tables, Stager stager, boolean keepOnUndo) {
    for (Entry table : tables) {
      QualifiedName name = Entries.name(table);
      QualifiedName staged = stager.stagedName(name);
      draft.cut(
          "move " + name + " into place",
          stager.awake(table, staged) + move("TABLE", staged, name.schema()),
          "ACCESS EXCLUSIVE on the staged table");
      if (keepOnUndo) {
        draft.inverse("move " + name + " out of the way", move("TABLE", name, staged.schema()));
        draft.removal("drop the withdrawn " + name, "DROP TABLE " + staged.sql());
      } else {
        draft.removal("drop " + name, "DROP TABLE " + name.sql());
      }
    }
    stager
        .statistics()
        .forEach((name, staged) -> {
          draft.cut(
              "move statistics " + name + " into place",
              move("STATISTICS", staged, name.schema()),
              "");
          if (keepOnUndo) {
            draft.inverse(
                "move statistics " + name + " out of the way",
                move("STATISTICS", name, staged.schema()));
          }
        });
    for (Entry table : tables) {
      owners(table, Entries.name(table));
      draft.closure.belongings(table).stream()
          .filter(entry -> entry.desc().equals("STATISTICS") && stager.staged(entry))
          .forEach(entry -> owners(entry, Entries.name(entry)));
    }
    for (Stager.Shell shell : stager.shells()) {
      draft.cut(
          "attach %s to its parent %s".formatted(shell.table(), shell.parent()),
          "ALTER TABLE %s INHERIT %s".formatted(shell.table().sql(), shell.parent().sql()),
          "SHARE UPDATE EXCLUSIVE on " + shell.parent());
    }
    // One stand-in may be there for several parents.
    Set<QualifiedName> released = new HashSet<>();
    for (Stager.Shell shell : stager.shells()) {
      if (released.add(shell.shell())) {
        draft.cut(
            "let go of the stand-in for " + shell.parent(),
            "ALTER TABLE %s NO INHERIT %s".formatted(shell.table().sql(), shell.shell().sql()),
            "");
      }
    }
  }

  private void owners(Entry entry, QualifiedName name) {
    for (String statement : Owners.owner(entry, name, draft.target, draft.request.noOwner())) {
      draft.cut("set the owner of " + name, statement, "");
    }
  }

  static String move(String kind, QualifiedName from, String schema) {
    return "ALTER %s %s SET SCHEMA %s".formatted(kind, from.sql(), Sql.quote(schema));
  }

  /// Runs entries as they stand, under their final names, foreign keys last; grants after them.
  ///
  /// @param staged whether a table's rows can be counted in staging, and under which name
  void execute(
      Collection<Entry> entries,
      Function<QualifiedName, Optional<QualifiedName>> staged,
      Set<Integer> withTable) {
    List<Entry> ordered = new ArrayList<>(entries);
    ordered.sort(Comparator.comparingInt(Cutover::rank));
    for (Entry entry : ordered) {
      if (entry.desc().equals("FK CONSTRAINT")) {
        foreignKey(entry, staged);
      } else if (entry.desc().equals("MATERIALIZED VIEW DATA")) {
        refresh(entry);
      } else {
        plain(entry, withTable);
      }
    }
  }

  /// Restore order, but foreign keys behind everything that may take long: they lock other people's tables.
  private static int rank(Entry entry) {
    return switch (entry.desc()) {
      case "FK CONSTRAINT" -> 1;
      case "COMMENT" -> entry.tag().startsWith("CONSTRAINT ") ? 2 : 0;
      // Whoever may not even refer to his own table needs the foreign key before the grants say so.
      case "ACL" -> 3;
      // Its owner may read the tables only by a grant.
      case "MATERIALIZED VIEW DATA" -> 4;
      default -> 0;
    };
  }

  private void refresh(Entry entry) {
    // Only to be sure that it is no other statement.
    sql.definition(entry);
    QualifiedName view = Entries.name(entry);
    draft.cut(
        new FillStep.Refresh(
            view,
            view,
            draft.owner(entry),
            draft.request.skipMissing(),
            new Readers(draft).of(entry),
            "",
            entry.dumpId()));
  }

  private void plain(Entry entry, Set<Integer> withTable) {
    String text = sql.definition(entry);
    List<String> statements = new ArrayList<>();
    switch (entry.desc()) {
      case "ACL" -> {
        if (draft.request.noAcl()) {
          draft.notices.add("grants left out (--no-acl): " + entry.tag());
          return;
        }
        statements.addAll(EntrySql.grants(text));
      }
      case "STATISTICS DATA", "EXTENDED STATISTICS DATA", "TABLE DATA" -> {
        return;
      }
      default -> {
        statements.add(Stager.storage(entry) + Stager.strip(text));
        if (!entry.namespace().isEmpty()) {
          QualifiedName name = Entries.name(entry);
          // Before the object is given away: whoever created it would keep his rights on it.
          statements.addAll(
              Owners.undoDefaultPrivileges(entry, name, entry.namespace(), draft.target));
          statements.addAll(Owners.owner(entry, name, draft.target, draft.request.noOwner()));
        }
      }
    }
    draft.cutover.add(
        new Step.Statement(
            "restore " + Wording.of(entry),
            String.join(";\n", statements),
            locks(entry),
            entry.dumpId()));
    Optional<ObjectId> object = Entries.object(entry);
    object.ifPresent(found -> draft.expect(found, entry));
    String drop = EntrySql.drop(entry);
    boolean goesWithTable =
        withTable.contains(entry.dumpId())
            && entry.dependencies().stream().noneMatch(outsideTable::contains);
    if (!withTable.contains(entry.dumpId())) {
      outsideTable.add(entry.dumpId());
    }
    if (!goesWithTable && !drop.isEmpty() && !Entries.returnRule(entry)) {
      draft.removal("drop " + Wording.of(entry), drop);
    }
  }

  private String locks(Entry entry) {
    return switch (Entries.head(entry).orElse(null)) {
      case Head.Part part -> "on " + part.relation() + ": " + lock(part.kind());
      case Head.TableAttach attach -> "SHARE UPDATE EXCLUSIVE on " + attach.parent();
      case Head.CreateIndex index -> "SHARE on " + index.table();
      case null, default -> "";
    };
  }

  private static String lock(Head.PartKind kind) {
    return switch (kind) {
      case TRIGGER -> "SHARE ROW EXCLUSIVE";
      case CONSTRAINT, DOMAIN_CONSTRAINT, DEFAULT, COLUMN, POLICY, RULE -> "ACCESS EXCLUSIVE";
    };
  }

  /// Attaches the partitions among the entries to their live parents.
  void attach(List<Entry> rest) {
    ParentIndexes indexes = new ParentIndexes(draft, Set.of());
    for (Entry entry : rest) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        indexes.attach(
            attach,
            entry,
            sql.definition(entry),
            "SHARE UPDATE EXCLUSIVE on %s, ACCESS EXCLUSIVE on its default partition"
                .formatted(attach.parent()));
        draft.removal(
            "detach " + attach.partition(),
            "ALTER TABLE %s DETACH PARTITION %s"
                .formatted(attach.parent().sql(), attach.partition().sql()));
        draft.expect(ObjectId.of(ObjectId.Kind.ATTACHMENT, attach.partition()), entry);
        if (draft.target.relation(attach.parent()).isEmpty()) {
          draft.refuse(
              "missing",
              "%s is a partition of %s, which the target does not have"
                  .formatted(attach.partition(), attach.parent()),
              "Restore %s; its partitions come with it.".formatted(attach.parent().sql()));
        }
      }
    }
  }

  private void foreignKey(Entry entry, Function<QualifiedName, Optional<QualifiedName>> staged) {
    ForeignKeyDefinition key = sql.foreignKey(entry);
    boolean partitioned = keys.isPartitioned(key.table());
    keys.add(key, partitioned, !key.notValid() && !key.notEnforced(), staged, entry.dumpId());
    draft.removal(
        "drop foreign key " + Sql.quote(key.name()) + " of " + key.table(), EntrySql.drop(entry));
    Entries.object(entry).ifPresent(found -> draft.expect(found, entry));
  }

  /// {@return those of the tables whose FORCE ROW LEVEL SECURITY stands in the way of this role}
  List<QualifiedName> forced(QualifiedName... tables) {
    return keys.forced(tables);
  }

  /// {@return the dump ids of entries whose objects vanish with the tables themselves when an undo drops those}
  Set<Integer> withTables(List<Entry> tables) {
    Set<Integer> ids = new HashSet<>();
    for (Entry table : tables) {
      draft.closure.belongings(table).forEach(entry -> ids.add(entry.dumpId()));
    }
    return ids;
  }
}
