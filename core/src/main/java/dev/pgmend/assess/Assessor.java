package dev.pgmend.assess;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.assess.Assessment.Kind;
import dev.pgmend.assess.Assessment.Loss;
import dev.pgmend.catalog.Access;
import dev.pgmend.catalog.NeedReader;
import dev.pgmend.catalog.Needs;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.Relation;
import dev.pgmend.catalog.SameDatabase;
import dev.pgmend.catalog.Snapshot;
import dev.pgmend.catalog.SnapshotReader;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.closure.Wording;
import dev.pgmend.diff.RowCheck;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.plan.CheckStep;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.NeedCopies;
import dev.pgmend.plan.Planner;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.run.StructureCheck;
import dev.pgmend.sql.ForeignKeyDefinition;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Assesses a whole database. Nothing is changed: definitions are compared with copies in transactions that are rolled back, rows in
/// temporary tables. Owns the connection; the archive stays the caller's. Not thread-safe.
public final class Assessor implements AutoCloseable {
  /// Entries that hold nothing which could be lost by itself, or that are looked at with another one.
  private static final Set<String> SILENT =
      Set.of(
          "ENCODING",
          "STDSTRINGS",
          "SEARCHPATH",
          "DATABASE",
          "DATABASE PROPERTIES",
          "TABLE DATA",
          "MATERIALIZED VIEW DATA",
          "STATISTICS DATA",
          "EXTENDED STATISTICS DATA",
          "SEQUENCE SET",
          "ACL",
          "BLOBS",
          "SEQUENCE OWNED BY",
          "INDEX ATTACH",
          "ROW SECURITY",
          "COMMENT",
          "SECURITY LABEL");

  private final Archive archive;
  private final Session session;
  private final Ownership ownership;
  private final EntrySql sql;
  private final List<Loss> losses = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private final Set<Integer> gone = new HashSet<>();

  /// Views that are something else today.
  private final Set<Integer> otherwise = new HashSet<>();

  /// Tables that are defined otherwise today; a restore asks what is to become of that.
  private final Set<QualifiedName> altered = new HashSet<>();

  /// Tables that lack a column of the backup.
  private final Set<QualifiedName> cut = new HashSet<>();

  private int objects;

  private Assessor(Archive archive, Session session) {
    this.archive = archive;
    this.session = session;
    this.ownership = new Ownership(archive.toc());
    this.sql = new EntrySql(archive.toc().standardConformingStrings());
  }

  /// Connects to the target.
  public static Assessor open(Archive archive, ConnectionTarget target) {
    return new Assessor(archive, Session.open(target));
  }

  /// Looks at everything.
  ///
  /// @param rows whether to compare rows, too
  /// @param progress told what is being looked at
  public Assessment assess(boolean rows, Consumer<String> progress) {
    archive.checkWhole();
    archive.live().ifPresent(live -> SameDatabase.refuse(session, live.mark()));
    progress.accept("objects");
    ClosureBuilder closures = new ClosureBuilder(archive.toc(), ownership);
    List<Entry> tables =
        archive.toc().entries().stream().filter(entry -> entry.desc().equals("TABLE")).toList();
    Closure all = closures.of(tables.stream().map(Entries::name).toList());
    SequencedSet<QualifiedName> relations = new LinkedHashSet<>(all.mentioned());
    archive.toc().entries().stream()
        .filter(entry -> ownership.owner(entry).isEmpty() && !entry.namespace().isEmpty())
        .forEach(entry -> relations.add(Entries.name(entry)));
    Snapshot target = SnapshotReader.read(session, all.tableNames(), relations, List.of());
    Set<Integer> comesBack = gone(closures, tables, target);
    List<Entry> present = tables.stream().filter(table -> !gone.contains(table.dumpId())).toList();
    progress.accept("definitions");
    foreignKeys(target);
    kinds(target);
    structure(closures, present, target);
    views(comesBack);
    needs(all, comesBack);
    progress.accept("rights");
    new Rights(archive.toc(), ownership, Access.read(session), losses, unknown).compare(gone);
    sequences();
    LargeObjects.compare(session, archive.toc(), losses, unknown);
    List<RowDiff> diffs =
        rows
            ? new RowCheck(session, archive)
                .differing(all, target, unknown, table -> progress.accept("rows of " + table))
            : List.of();
    if (!rows) {
      unknown.add("rows, as you asked");
    }
    losses.replaceAll(loss ->
        loss.table().filter(cut::contains).isEmpty()
            ? loss
            : new Loss(loss.kind(), loss.what(), loss.detail(), Optional.empty()));
    List<QualifiedName> restore = restore(closures, tables, diffs);
    boolean redefined = closures.of(restore).tableNames().stream().anyMatch(altered::contains);
    return new Assessment(losses, diffs, tables.size(), objects, unknown, restore, redefined, cut);
  }

  /// Stops what is being done, from another thread; see [Session#interrupt].
  public void interrupt() {
    archive.interrupt();
    session.interrupt();
  }

  /// Finds what does not exist any more. What belongs to something that is gone is not a loss of its own.
  ///
  /// @return everything that a restore of the lost tables brings back
  private Set<Integer> gone(ClosureBuilder closures, List<Entry> tables, Snapshot target) {
    Map<String, Integer> unmatched = new TreeMap<>();
    for (Entry entry : archive.toc().entries()) {
      Optional<ObjectId> object =
          SILENT.contains(entry.desc()) ? Optional.empty() : Entries.object(entry);
      if (object.isPresent()) {
        objects += entry.desc().equals("TABLE") ? 0 : 1;
        if (!target.has(object.get())) {
          gone.add(entry.dumpId());
        }
      } else if (counts(entry) && !LargeObjects.holds(entry)) {
        unmatched.merge(entry.desc(), 1, Integer::sum);
      }
    }
    unmatched.forEach((desc, count) ->
        unknown.add("%d × %s: pgmend does not look at these".formatted(count, desc)));
    List<QualifiedName> lost =
        tables.stream().filter(table -> gone.contains(table.dumpId())).map(Entries::name).toList();
    Map<Integer, QualifiedName> comesWith = new HashMap<>();
    for (QualifiedName table : lost) {
      Closure closure = closures.of(List.of(table));
      for (List<Entry> part : List.of(closure.dependents(), closure.belongings())) {
        part.forEach(entry -> comesWith.putIfAbsent(entry.dumpId(), table));
      }
    }
    for (Entry entry : archive.toc().entries()) {
      if (gone.contains(entry.dumpId()) && !withAnother(entry)) {
        losses.add(new Loss(Kind.GONE, Wording.of(entry), with(entry), restorer(entry, comesWith)));
      }
    }
    return comesWith.keySet();
  }

  private static boolean counts(Entry entry) {
    return !SILENT.contains(entry.desc()) && !Entries.returnRule(entry);
  }

  private boolean withAnother(Entry entry) {
    if (Entries.head(entry).orElse(null) instanceof Head.PublicationTable member
        && ownership
            .relation(member.table())
            .filter(table -> gone.contains(table.dumpId()))
            .isPresent()) {
      return true;
    }
    for (Optional<Entry> owner = ownership.owner(entry);
        owner.isPresent();
        owner = ownership.owner(owner.get())) {
      if (gone.contains(owner.get().dumpId())) {
        return true;
      }
    }
    return false;
  }

  /// {@return what went with it, counted}
  private String with(Entry entry) {
    Map<String, Integer> kinds = new TreeMap<>();
    for (Entry belonging : ownership.belongings(entry)) {
      if (counts(belonging)) {
        kinds.merge(belonging.desc(), 1, Integer::sum);
      }
    }
    return kinds.isEmpty()
        ? ""
        : "with "
            + String.join(
                ", ",
                kinds.entrySet().stream()
                    .map(kind -> kind.getValue() + " " + kind.getKey())
                    .toList());
  }

  /// A lost part of a table that is there comes back when that is mended.
  private Optional<QualifiedName> restorer(Entry entry, Map<Integer, QualifiedName> comesWith) {
    if (entry.desc().equals("TABLE")) {
      return Optional.of(Entries.name(entry));
    }
    if (comesWith.containsKey(entry.dumpId())) {
      return Optional.of(comesWith.get(entry.dumpId()));
    }
    Entry root = ownership.root(entry);
    return root.desc().equals("TABLE") ? Optional.of(Entries.name(root)) : Optional.empty();
  }

  /// Compares the tables that are there, each family of partitions by itself: one that cannot be compared hides no other.
  private void structure(ClosureBuilder closures, List<Entry> present, Snapshot target) {
    Set<QualifiedName> there = new HashSet<>();
    present.stream()
        .filter(table -> target.relation(Entries.name(table)).filter(Relation::isTable).isPresent())
        .forEach(table -> there.add(Entries.name(table)));
    int number = 0;
    for (Entry table : present) {
      QualifiedName name = Entries.name(table);
      if (!there.contains(name)) {
        losses.add(
            new Loss(
                Kind.CHANGED, "table " + name, "it is not a table any more", Optional.empty()));
        cut.add(name);
        continue;
      }
      List<String> notes = new ArrayList<>();
      // Its children are compared by themselves.
      CheckStep.CompareStructure step =
          Planner.comparison(
              archive.toc(), closures.alone(table), target, "pgmend_assess_%d".formatted(number++));
      List<StructureCheck.Difference> differences =
          new StructureCheck(session, notes).differences(step, List.of());
      if (!differences.isEmpty() || !step.known().isEmpty()) {
        altered.add(name);
      }
      for (StructureCheck.Difference difference : differences) {
        if (difference.what().startsWith("column ") && difference.live().isEmpty()) {
          cut.add(name);
        }
        // Grants are compared for all kinds of objects.
        if (!difference.backup().isEmpty() && !difference.what().startsWith("grants")) {
          losses.add(
              new Loss(
                  Kind.CHANGED,
                  "%s of %s".formatted(difference.what(), name),
                  difference.live().isEmpty()
                      ? "missing; the backup says " + difference.backup()
                      : "%s; the backup says %s".formatted(difference.live(), difference.backup()),
                  Optional.empty()));
        }
      }
      notes.forEach(note -> unknown.add(name + ": " + note));
    }
  }

  private void foreignKeys(Snapshot target) {
    Map<ObjectId, Snapshot.ForeignKey> live = new HashMap<>();
    target
        .foreignKeys()
        .forEach(
            key -> live.put(new ObjectId(ObjectId.Kind.CONSTRAINT, key.table(), key.name()), key));
    for (Entry entry : archive.toc().entries()) {
      Optional<Snapshot.ForeignKey> key =
          entry.desc().equals("FK CONSTRAINT")
              ? Entries.object(entry).map(live::get)
              : Optional.empty();
      if (key.isPresent()) {
        Snapshot.ForeignKey now = key.get();
        ForeignKeyDefinition backup = sql.foreignKey(entry);
        ForeignKeyDefinition there =
            ForeignKeyDefinition.parseBody(now.table(), true, now.name(), now.definition());
        if (!there.means(backup)) {
          losses.add(
              new Loss(
                  Kind.CHANGED,
                  Wording.of(entry),
                  "%s; the backup says %s%s"
                      .formatted(
                          now.definition(), backup.body(), backup.notValid() ? " NOT VALID" : ""),
                  Optional.empty()));
        }
      }
    }
  }

  /// Inheritance that is no partition's, and views that are something else today.
  private void kinds(Snapshot target) {
    for (Entry entry : archive.toc().entries()) {
      Relation live =
          gone.contains(entry.dumpId()) ? null : target.relation(Entries.name(entry)).orElse(null);
      if (live == null) {
        continue;
      }
      boolean otherKind =
          entry.desc().equals("VIEW") && live.kind() != 'v'
              || entry.desc().equals("MATERIALIZED VIEW") && live.kind() != 'm';
      if (otherKind) {
        otherwise.add(entry.dumpId());
        losses.add(
            new Loss(
                Kind.CHANGED, Wording.of(entry), "it is something else today", Optional.empty()));
      }
      if (entry.desc().equals("TABLE")) {
        for (QualifiedName parent : sql.table(entry).inherits()) {
          if (target.relation(parent).isPresent()
              && target.parents(live.name()).stream()
                  .noneMatch(link -> link.parent().equals(parent))) {
            losses.add(
                new Loss(
                    Kind.CHANGED,
                    Wording.of(entry),
                    "it does not inherit from %s any more".formatted(parent),
                    Optional.empty()));
          }
        }
      }
    }
  }

  private void views(Set<Integer> comesBack) {
    Views views = new Views(session, sql, ownership, "pgmend_assess_views");
    for (Entry entry : archive.toc().entries()) {
      boolean view = entry.desc().equals("VIEW") || entry.desc().equals("MATERIALIZED VIEW");
      if (!view
          || otherwise.contains(entry.dumpId())
          || gone.contains(entry.dumpId())
          || comesBack.contains(entry.dumpId())) {
        continue;
      }
      views
          .difference(entry)
          .ifPresent(difference -> {
            if (difference.live().isEmpty()) {
              unknown.add("%s: %s".formatted(Wording.of(entry), difference.backup()));
            } else {
              losses.add(
                  new Loss(
                      Kind.CHANGED,
                      Wording.of(entry),
                      "%s; the backup says %s".formatted(difference.live(), difference.backup()),
                      Optional.empty()));
            }
          });
    }
  }

  private void needs(Closure all, Set<Integer> comesBack) {
    Needs needs =
        NeedReader.read(
            session,
            "pgmend_assess_needs",
            NeedCopies.all(archive.toc(), all, "pgmend_assess_needs"));
    for (Needs.Difference difference : needs.differences()) {
      if (!gone.contains(difference.entry()) && !difference.backup().isEmpty()) {
        losses.add(
            new Loss(
                Kind.CHANGED,
                "%s of %s".formatted(difference.aspect(), wording(difference.entry())),
                difference.live().isEmpty()
                    ? "missing; the backup says " + difference.backup()
                    : "%s; the backup says %s".formatted(difference.live(), difference.backup()),
                Optional.empty()));
      }
    }
    needs
        .unknown()
        .forEach((entry, reason) -> {
          if (!comesBack.contains(entry)) {
            unknown.add("%s: %s".formatted(wording(entry), reason.reason()));
          }
        });
  }

  private String wording(int entry) {
    return archive.toc().find(entry).map(Wording::of).orElse("entry " + entry);
  }

  /// A sequence that was set back hands out values that were there before.
  private void sequences() {
    new Positions(session, ownership).behind(archive.toc(), gone, losses, unknown);
  }

  /// {@return what to name in one restore: lost tables without the partitions of other lost ones, tables with lost parts or rows}
  private List<QualifiedName> restore(
      ClosureBuilder closures, List<Entry> tables, List<RowDiff> diffs) {
    Set<QualifiedName> wanted = new HashSet<>();
    losses.forEach(loss -> loss.table().ifPresent(wanted::add));
    diffs.stream()
        .filter(diff -> Assessment.lostRows(diff) && Assessment.certain(diff))
        .forEach(diff -> wanted.add(diff.table()));
    Set<QualifiedName> implied = new HashSet<>();
    wanted.removeIf(
        table -> closures.of(List.of(table)).tableNames().stream().anyMatch(cut::contains));
    for (QualifiedName table : wanted) {
      Set<QualifiedName> family = new HashSet<>(closures.of(List.of(table)).tableNames());
      family.remove(table);
      implied.addAll(family);
    }
    return tables.stream()
        .map(Entries::name)
        .filter(table -> wanted.contains(table) && !implied.contains(table))
        .toList();
  }

  @Override
  public void close() {
    session.close();
  }
}
