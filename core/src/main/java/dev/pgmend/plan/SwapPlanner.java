package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.Snapshot.Dependent;
import dev.pgmend.catalog.Snapshot.ForeignKey;
import dev.pgmend.catalog.Snapshot.Inheritance;
import dev.pgmend.catalog.Snapshot.OwnedSequence;
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
import java.util.stream.Collectors;

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
  }

  /// Plans everything.
  void plan() {
    tables.forEach(table -> draft.modes.put(Entries.name(table), Mode.SWAP));
    refuse();
    List<OwnedSequence> serials =
        target.sequences().stream()
            .filter(sequence -> !sequence.identity() && leaving.contains(sequence.table()))
            .toList();
    Set<QualifiedName> liveSequences =
        serials.stream().map(OwnedSequence::name).collect(Collectors.toSet());
    Stager stager = new Stager(draft, sql, tables, liveSequences);
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
    moveOut(serials);
    cutover.moveIn(tables, stager, true);
    identities();
    serials(rest, liveSequences);
    attach(rest);
    rest.removeIf(
        entry -> entry.desc().equals("TABLE ATTACH") || entry.desc().equals("SEQUENCE SET"));
    Function<QualifiedName, Optional<QualifiedName>> staged =
        name ->
            stager.names().containsKey(name)
                ? Optional.of(stager.stagedName(name))
                : Optional.empty();
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
    matviews(stager, removals);
    dependents();
    incoming(staged);
    cutover.execute(grants, staged, cutover.withTables(tables));
    for (Entry table : tables) {
      CreatePlanner.probe(draft, table, stager);
    }
    replaced(executed);
  }

  private void refuse() {
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
            "Use --mode mend, which changes the rows in place.");
      } else if (!dependent.mine()) {
        membership(dependent.description(), dependent.owner());
      }
    }
    for (Snapshot.Membership membership : target.publications()) {
      if (leaving.contains(membership.table())) {
        if (!draft.request.breakReplication()) {
          draft.refuse(
              "publication",
              "table %s is published by %s: subscribers would silently stop following an exchanged table"
                  .formatted(membership.table(), Sql.quote(membership.publication())),
              "Use --mode mend, or --break-replication and resynchronise the subscribers.");
        } else if (!membership.mine()) {
          membership("publication " + Sql.quote(membership.publication()), membership.owner());
        }
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
          "Raise max_locks_per_transaction, or use --mode mend.");
    }
  }

  private void membership(String what, String owner) {
    draft.refuse(
        "membership",
        "%s belongs to role %s, of which %s is not a member"
            .formatted(what, Sql.quote(owner), Sql.quote(target.server().role())),
        "GRANT %s TO %s;".formatted(Sql.quote(owner), Sql.quote(target.server().role())));
  }

  private void lock() {
    List<String> names = leaving.stream().map(QualifiedName::sql).sorted().toList();
    draft.cut(
        "lock " + String.join(", ", names),
        "LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE".formatted(String.join(", ONLY ", names)),
        "ACCESS EXCLUSIVE on %s (readers and writers wait)".formatted(String.join(", ", names)));
  }

  private boolean attachedHere(QualifiedName child) {
    return target.parents(child).stream().allMatch(link -> leaving.contains(link.parent()));
  }

  private void moveOut(List<OwnedSequence> serials) {
    for (ForeignKey key : touching()) {
      draft.cut(
          "drop foreign key %s of %s".formatted(Sql.quote(key.name()), key.table()),
          "ALTER TABLE %s DROP CONSTRAINT %s".formatted(key.table().sql(), Sql.quote(key.name())),
          "ACCESS EXCLUSIVE on %s and %s".formatted(key.table(), key.references()));
      restoreOnUndo(key);
    }
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
    for (Snapshot.NamedObject object : target.belongings()) {
      if (object.id().kind() == ObjectId.Kind.STATISTICS && leaving.contains(object.table())) {
        moveOut("STATISTICS", object.id().relation());
      }
    }
    for (Snapshot.Membership membership : target.publications()) {
      if (leaving.contains(membership.table())) {
        draft.notices.add(
            "publication %s: subscribers have to be refreshed"
                .formatted(Sql.quote(membership.publication())));
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

  /// Foreign keys of the leaving tables and those that point at them or at their partitioned ancestors.
  private List<ForeignKey> touching() {
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
          new Step.Validate(
              key.table(), key.name(), cutover.forced(key.table(), key.references())));
    }
  }

  private static String comment(ForeignKey key) {
    return key.comment().isEmpty()
        ? ""
        : ";\nCOMMENT ON CONSTRAINT %s ON %s IS %s"
            .formatted(Sql.quote(key.name()), key.table().sql(), Sql.literal(key.comment()));
  }

  private void detach(QualifiedName name) {
    for (Inheritance link : target.parents(name)) {
      if (leaving.contains(link.parent())) {
        continue;
      }
      if (link.isPartition()) {
        draft.cut(
            "detach the old %s from %s".formatted(name, link.parent()),
            "ALTER TABLE %s DETACH PARTITION %s".formatted(link.parent().sql(), name.sql()),
            "ACCESS EXCLUSIVE on " + link.parent());
        draft.inverse(
            "attach the old %s to %s".formatted(name, link.parent()),
            "ALTER TABLE %s ATTACH PARTITION %s %s"
                .formatted(link.parent().sql(), name.sql(), link.bound()));
        cloned(name);
      } else {
        // The mark "inherited" of the old table's columns survives only if it always has a parent:
        // an empty copy takes over.
        QualifiedName shell =
            new QualifiedName(
                draft.kept(name.schema()),
                Stager.shorten("parent_" + link.position() + "_of_" + name.name()));
        draft.stage.add(
            new Step.Statement(
                "stand in for parent %s of the old %s".formatted(link.parent(), name),
                "CREATE TABLE %s (LIKE %s INCLUDING CONSTRAINTS)"
                    .formatted(shell.sql(), link.parent().sql())));
        draft.cut(
            "take the old %s from its parent %s".formatted(name, link.parent()),
            "ALTER TABLE %s INHERIT %s;\nALTER TABLE %s NO INHERIT %s"
                .formatted(name.sql(), shell.sql(), name.sql(), link.parent().sql()),
            "SHARE UPDATE EXCLUSIVE on " + link.parent());
        draft.inverse(
            "give the old %s its parent %s back".formatted(name, link.parent()),
            "ALTER TABLE %s INHERIT %s;\nALTER TABLE %s NO INHERIT %s"
                .formatted(name.sql(), link.parent().sql(), name.sql(), shell.sql()));
      }
    }
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

  private void identities() {
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
              draft.cut(new Step.CarrySequence(kept, identity.sequence()));
            });
      }
    }
  }

  private void serials(List<Entry> rest, Set<QualifiedName> liveSequences) {
    List<Entry> handled = new ArrayList<>();
    for (Entry entry : rest) {
      switch (Entries.head(entry).orElse(null)) {
        case Head.OwnedBy owned when liveSequences.contains(owned.sequence()) -> {
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
          if (liveSequences.contains(set.sequence())) {
            draft.cut(new Step.AdvanceSequence(set.sequence(), set.last(), set.called()));
          } else if (!Entries.isIdentity(draft.closure.ownership().owner(entry).orElseThrow())) {
            draft.cut(
                "set the position of sequence " + set.sequence(),
                Stager.strip(sql.definition(entry)),
                "");
          }
          handled.add(entry);
        }
        case Head.Named named
            when entry.desc().equals("SEQUENCE") && liveSequences.contains(named.name()) ->
            handled.add(entry);
        case null, default -> {
          Entry owner = draft.closure.ownership().owner(entry).orElse(null);
          boolean ofLiveSequence =
              owner != null
                  && owner.desc().equals("SEQUENCE")
                  && liveSequences.contains(Entries.name(owner));
          if (ofLiveSequence) {
            handled.add(entry);
          }
        }
      }
    }
    rest.removeAll(handled);
  }

  private void attach(List<Entry> rest) {
    for (Entry entry : rest) {
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        draft.cutover.add(
            new Step.Statement(
                "attach %s to %s".formatted(attach.partition(), attach.parent()),
                Stager.strip(sql.definition(entry)),
                "SHARE UPDATE EXCLUSIVE on " + attach.parent(),
                entry.dumpId()));
        draft.inverse(
            "detach " + attach.partition(),
            "ALTER TABLE %s DETACH PARTITION %s"
                .formatted(attach.parent().sql(), attach.partition().sql()));
      }
    }
    draft.flushLate();
  }

  /// Materialized views hold on to the table that they were built from: they are built again in staging, from the staged table,
  /// and exchanged with it. Unpopulated ones stay unpopulated.
  private void matviews(Stager stager, int removals) {
    draft.truncateRemovals(removals);
    Map<QualifiedName, QualifiedName> names = new HashMap<>();
    tables.forEach(table -> names.put(Entries.name(table), stager.stagedName(Entries.name(table))));
    List<Snapshot.Matview> waiting = new ArrayList<>(target.matviews());
    waiting.forEach(view ->
        names.put(
            view.name(),
            new QualifiedName(draft.staging(view.name().schema()), view.name().name())));
    // One may be built on another: those first that name none of the others.
    while (!waiting.isEmpty()) {
      Snapshot.Matview next =
          waiting.stream()
              .filter(view ->
                  waiting.stream()
                      .noneMatch(other ->
                          !other.equals(view)
                              && NameSubstitution.names(view.query()).contains(other.name())))
              .findFirst()
              .orElse(waiting.getFirst());
      waiting.remove(next);
      matview(next, names);
    }
  }

  private void matview(Snapshot.Matview view, Map<QualifiedName, QualifiedName> names) {
    QualifiedName name = view.name();
    QualifiedName staged = names.getOrDefault(name, name);
    if (view.odd()) {
      draft.refuse(
          "matview",
          "materialized view %s has grants by others than its owner, or security labels"
              .formatted(name),
          "Use --mode mend, and REFRESH MATERIALIZED VIEW %s when it suits.".formatted(name.sql()));
    }
    String storage =
        (view.tablespace().isEmpty()
            ? ""
            : "SET LOCAL default_tablespace = %s;\n".formatted(Sql.quote(view.tablespace())));
    draft.build.add(
        new Step.Statement(
            "build materialized view %s again".formatted(name),
            "%sCREATE MATERIALIZED VIEW %s (%s) USING %s%s AS %s WITH %s"
                .formatted(
                    storage,
                    staged.sql(),
                    String.join(", ", view.columns()),
                    Sql.quote(view.accessMethod()),
                    view.options().isEmpty() ? "" : " WITH (" + view.options() + ")",
                    NameSubstitution.apply(view.query().strip().replaceFirst(";$", ""), names),
                    view.populated() ? "DATA" : "NO DATA")));
    for (String index : view.indexes()) {
      draft.build.add(
          new Step.Statement(
              "build its index again", NameSubstitution.apply(index, Map.of(name, staged))));
    }
    draft.cut(
        "move %s into place".formatted(name),
        Cutover.move("MATERIALIZED VIEW", staged, name.schema()),
        "");
    draft.inverse(
        "move %s out of the way".formatted(name),
        Cutover.move("MATERIALIZED VIEW", name, staged.schema()));
    draft.removal("drop the withdrawn " + name, "DROP MATERIALIZED VIEW " + staged.sql());
    List<String> after = new ArrayList<>();
    if (!view.owner().equals(target.server().role())) {
      after.add(
          "ALTER MATERIALIZED VIEW %s OWNER TO %s".formatted(name.sql(), Sql.quote(view.owner())));
    }
    after.addAll(Owners.undoDefaultPrivileges('r', "TABLE " + name.sql(), "", target));
    after.addAll(view.details());
    after.addAll(view.grants());
    if (!after.isEmpty()) {
      draft.cut(
          "give %s its owner, grants and comments".formatted(name), String.join(";\n", after), "");
    }
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

  private void incoming(Function<QualifiedName, Optional<QualifiedName>> staged) {
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
          .ifPresent(relation -> membership("table " + relation.name(), relation.owner()));
      draft.inverse(
          "drop foreign key %s of %s".formatted(Sql.quote(key.name()), key.table()),
          "ALTER TABLE %s DROP CONSTRAINT %s".formatted(key.table().sql(), Sql.quote(key.name())));
      cutover.addForeignKey(definition, key.partitioned(), key.validated(), staged, 0);
      if (!key.comment().isEmpty()) {
        draft.cut(
            "restore the comment of foreign key " + Sql.quote(key.name()),
            comment(key).substring(2),
            "");
      }
    }
  }

  /// What the live tables have and the backup does not.
  private void replaced(List<Entry> executed) {
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
