package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.OwnedSequence;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The sequences of tables that are exchanged. Serial ones move to the new table and are never duplicated; another table's default
/// may use them. Identity sequences are new with their table and carry the position of the old.
final class SwapSequences {
  private final Draft draft;
  private final EntrySql sql;
  private final Snapshot target;
  private final List<Entry> tables;
  private final List<OwnedSequence> serials;
  private final Set<QualifiedName> live;

  SwapSequences(Draft draft, EntrySql sql, List<Entry> tables, Set<QualifiedName> leaving) {
    this.draft = draft;
    this.sql = sql;
    this.target = draft.target;
    this.tables = tables;
    this.serials =
        target.sequences().stream()
            .filter(sequence -> !sequence.identity() && leaving.contains(sequence.table()))
            .toList();
    this.live = serials.stream().map(OwnedSequence::name).collect(Collectors.toSet());
  }

  /// {@return the serial sequences that stay where they are}
  Set<QualifiedName> live() {
    return live;
  }

  /// Lets go of the serial sequences of the old tables, which stay where they are.
  void release() {
    for (OwnedSequence sequence : serials) {
      draft.cut(
          "release sequence " + sequence.name(),
          "ALTER SEQUENCE %s OWNED BY NONE".formatted(sequence.name().sql()),
          "");
      draft.inverse(
          "give sequence %s back".formatted(sequence.name()),
          "ALTER SEQUENCE %s OWNED BY %s.%s"
              .formatted(
                  sequence.name().sql(), sequence.table().sql(), Sql.quote(sequence.column())));
      target
          .relation(sequence.table())
          .flatMap(relation -> relation.column(sequence.column()))
          .filter(column -> !column.defaultExpression().isEmpty())
          .ifPresent(column -> {
            String head =
                "ALTER TABLE ONLY %s ALTER COLUMN %s "
                    .formatted(sequence.table().sql(), Sql.quote(column.name()));
            draft.cut("drop the default of the table to be kept", head + "DROP DEFAULT", "");
            draft.inverse(
                "restore the default", head + "SET DEFAULT " + column.defaultExpression());
          });
    }
  }

  /// Sets the identity sequences, which are new with the tables.
  void identities() {
    for (Entry table : tables) {
      for (Entry entry : draft.closure.belongings(table)) {
        if (!(Entries.head(entry).orElse(null) instanceof Head.Identity identity)) {
          continue;
        }
        // Its position in the backup first, then the old one's if that is further.
        draft.closure.belongings(table).stream()
            .filter(set -> set.desc().equals("SEQUENCE SET"))
            .filter(set ->
                Entries.head(set).orElse(null) instanceof Head.SequenceSet head
                    && head.sequence().equals(identity.sequence()))
            .forEach(set ->
                draft.cutover.add(
                    new Step.Statement(
                        "set the position of sequence " + identity.sequence(),
                        Stager.strip(sql.definition(set)),
                        "",
                        set.dumpId())));
        target.sequences().stream()
            .filter(live ->
                live.identity()
                    && live.table().equals(identity.table())
                    && live.column().equals(identity.column()))
            .forEach(live -> {
              QualifiedName kept =
                  new QualifiedName(draft.kept(live.name().schema()), live.name().name());
              draft.cut(new SequenceStep.CarrySequence(kept, identity.sequence()));
            });
      }
    }
  }

  /// A sequence belongs to the owner of the table that owns it. It can change hands only while no table owns it.
  private void owner(Head.OwnedBy owned) {
    String before =
        serials.stream()
            .filter(sequence -> sequence.name().equals(owned.sequence()))
            .flatMap(sequence -> target.relation(sequence.table()).stream())
            .map(Relation::owner)
            .findFirst()
            .orElse("");
    String role = target.server().role();
    String after =
        draft.request.noOwner()
            ? role
            : draft.closure.ownership().relation(owned.table()).map(Entry::owner).orElse("");
    if (before.isEmpty() || after.isEmpty() || before.equals(after)) {
      return;
    }
    String head = "ALTER SEQUENCE %s OWNER TO ".formatted(owned.sequence().sql());
    draft.cut(
        "give sequence %s the table's owner".formatted(owned.sequence()),
        head + Sql.quote(after),
        "");
    draft.inverse(
        "give sequence %s its owner back".formatted(owned.sequence()), head + Sql.quote(before));
  }

  /// The sequence stays, and works as the backup says.
  private void options(Entry entry, QualifiedName name) {
    String definition =
        serials.stream()
            .filter(sequence -> sequence.name().equals(name))
            .map(OwnedSequence::definition)
            .findFirst()
            .orElse("");
    if (definition.isEmpty()) {
      return;
    }
    SequenceOptions is = SequenceOptions.parse(definition);
    SequenceOptions should = SequenceOptions.parse(sql.definition(entry));
    String head = "ALTER SEQUENCE %s ".formatted(name.sql());
    if (!is.clause().equals(should.clause())) {
      draft.cut("set the options of sequence " + name, head + should.clause(), "");
      draft.inverse("set the options of sequence %s back".formatted(name), head + is.clause());
    }
    if (is.unlogged() != should.unlogged()) {
      String set = head + "SET %s";
      draft.cut("set the persistence of sequence " + name, set.formatted(should.persistence()), "");
      draft.inverse(
          "set the persistence of sequence %s back".formatted(name),
          set.formatted(is.persistence()));
    }
  }

  /// Gives the serial sequences to the new tables, and takes their entries out of the rest.
  void give(List<Entry> rest) {
    List<Entry> handled = new ArrayList<>();
    for (Entry entry : rest) {
      switch (Entries.head(entry).orElse(null)) {
        case Head.OwnedBy owned when live.contains(owned.sequence()) -> {
          owner(owned);
          draft.cut(
              "let %s own sequence %s".formatted(owned.table(), owned.sequence()),
              Stager.strip(sql.definition(entry)),
              "");
          draft.inverse(
              "release sequence " + owned.sequence(),
              "ALTER SEQUENCE %s OWNED BY NONE".formatted(owned.sequence().sql()));
          handled.add(entry);
        }
        case Head.Part part when entry.desc().equals("DEFAULT") -> {
          draft.cut(
              "set the default of column %s of %s"
                  .formatted(Sql.quote(part.name()), part.relation()),
              Stager.strip(sql.definition(entry)),
              "");
          draft.inverse(
              "drop the default of column " + Sql.quote(part.name()),
              "ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT"
                  .formatted(part.relation().sql(), Sql.quote(part.name())));
          handled.add(entry);
        }
        case Head.SequenceSet set -> {
          if (live.contains(set.sequence())) {
            draft.cut(new SequenceStep.AdvanceSequence(set.sequence(), set.last(), set.called()));
          } else if (!Entries.isIdentity(draft.closure.ownership().owner(entry).orElseThrow())) {
            draft.cut(
                "set the position of sequence " + set.sequence(),
                Stager.strip(sql.definition(entry)),
                "");
          }
          handled.add(entry);
        }
        case Head.Named named
            when entry.desc().equals("SEQUENCE") && live.contains(named.name()) -> {
          options(entry, named.name());
          handled.add(entry);
        }
        case null, default -> {
          Entry owner = draft.closure.ownership().owner(entry).orElse(null);
          boolean ofLiveSequence =
              owner != null
                  && owner.desc().equals("SEQUENCE")
                  && live.contains(Entries.name(owner));
          if (ofLiveSequence) {
            handled.add(entry);
          }
        }
      }
    }
    rest.removeAll(handled);
  }
}
