package dev.pgmend.plan;

import dev.pgmend.archive.Entry;
import dev.pgmend.catalog.PartitionedIndex;
import dev.pgmend.catalog.Snapshot.Inheritance;
import dev.pgmend.closure.Entries;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.Collection;
import java.util.List;

/// Keeps ATTACH PARTITION from building indexes that a partition did not have. PostgreSQL makes one for each index of the parent
/// that has none there, for an invalid one too, and what is attached cannot be dropped alone. So an index that nothing is attached
/// to is taken away meanwhile and made again, which costs no more than its catalog rows; of others the plan says what comes of them
/// (decision 036). Source: tablecmds.c, `AttachPartitionEnsureIndexes`.
final class ParentIndexes {
  private final Draft draft;
  private final Collection<QualifiedName> leaving;

  /// @param leaving the live tables that have left their parents by then
  ParentIndexes(Draft draft, Collection<QualifiedName> leaving) {
    this.draft = draft;
    this.leaving = leaving;
  }

  /// Plans to attach a partition as the backup has it.
  ///
  /// @param locks the locks of ATTACH PARTITION itself
  void attach(Head.TableAttach attach, Entry entry, String definition, String locks) {
    List<PartitionedIndex> unknown =
        of(attach.parent()).stream().filter(index -> !inBackup(attach, index)).toList();
    List<PartitionedIndex> alone =
        unknown.stream().filter(index -> index.aloneWithout(leaving)).toList();
    alone.forEach(index -> draft.cut(aside(index, attach.partition())));
    draft.cut(
        new Step.Statement(
            "attach %s to %s".formatted(attach.partition(), attach.parent()),
            Stager.strip(definition),
            locks,
            entry.dumpId()));
    alone.forEach(index -> draft.cut(again(index)));
    unknown.stream()
        .filter(index -> !alone.contains(index))
        .forEach(index ->
            draft.notices.add(
                "index %s of %s is not in the backup for %s: ATTACH PARTITION takes an index of it that is like that one or builds one, in the cutover and under its locks%s"
                    .formatted(
                        Sql.quote(index.name().name()),
                        index.table(),
                        attach.partition(),
                        draft.modes.get(attach.partition()) == Mode.MEND
                            ? ", and undo leaves it there"
                            : "")));
  }

  /// Plans to attach an old partition again when the run is undone.
  void attachAgain(Inheritance link, String title, String sql) {
    List<PartitionedIndex> lacking =
        of(link.parent()).stream().filter(index -> !index.on().contains(link.child())).toList();
    // Inverses run in reverse.
    lacking.forEach(index -> draft.inverse(again(index)));
    draft.inverse(title, sql);
    lacking.forEach(index -> draft.inverse(aside(index, link.child())));
  }

  private List<PartitionedIndex> of(QualifiedName parent) {
    return draft.target.partitionedIndexes().stream()
        .filter(index -> index.table().equals(parent))
        .toList();
  }

  private boolean inBackup(Head.TableAttach attach, PartitionedIndex index) {
    return draft.closure.ownership().relation(attach.partition()).stream()
        .flatMap(table -> draft.closure.belongings(table).stream())
        .map(ParentIndexes::parentIndex)
        .anyMatch(parent -> parent.equals(index.name().sql()));
  }

  private static String parentIndex(Entry entry) {
    return Entries.head(entry).orElse(null) instanceof Head.IndexAttach attach
        ? attach.parent().sql()
        : "";
  }

  private static Step aside(PartitionedIndex index, QualifiedName partition) {
    return new IndexStep.Aside(index.table(), index.name(), partition);
  }

  private static Step again(PartitionedIndex index) {
    return new IndexStep.Again(index.table(), index.name());
  }
}
