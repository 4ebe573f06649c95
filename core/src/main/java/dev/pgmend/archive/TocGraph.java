package dev.pgmend.archive;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What must hold among the entries of an archive: dump ids are unique and dependencies have no
/// cycles. Dependencies on entries that are not there are normal.
final class TocGraph {
  private TocGraph() {}

  static void check(String file, List<Entry> entries) {
    Map<Integer, Entry> open = HashMap.newHashMap(entries.size());
    for (Entry entry : entries) {
      Entry first = open.putIfAbsent(entry.dumpId(), entry);
      if (first != null) {
        throw ArchiveException.at(
            file,
            entry,
            entry.tocOffset(),
            "dump id is taken already by the entry at offset " + first.tocOffset());
      }
    }
    checkCycles(file, entries, open);
  }

  /// Walks depth first with a stack of its own; what is left in `open` has not been walked.
  private static void checkCycles(String file, List<Entry> entries, Map<Integer, Entry> open) {
    Map<Integer, Walk> walked = HashMap.newHashMap(entries.size());
    var path = new ArrayDeque<Walk>();
    for (Entry root : entries) {
      if (open.remove(root.dumpId()) == null) {
        continue;
      }
      start(root, path, walked);
      while (!path.isEmpty()) {
        Walk walk = path.getLast();
        if (walk.next == walk.entry.dependencies().size()) {
          walk.done = true;
          path.removeLast();
          continue;
        }
        Integer id = walk.entry.dependencies().get(walk.next++);
        Entry unwalked = open.remove(id);
        if (unwalked != null) {
          start(unwalked, path, walked);
          continue;
        }
        Walk seen = walked.get(id);
        if (seen != null && !seen.done) {
          throw ArchiveException.at(
              file,
              walk.entry,
              walk.entry.tocOffset(),
              "dependencies form a cycle through entry " + id);
        }
      }
    }
  }

  private static void start(Entry entry, ArrayDeque<Walk> path, Map<Integer, Walk> walked) {
    var walk = new Walk(entry);
    walked.put(entry.dumpId(), walk);
    path.addLast(walk);
  }

  private static final class Walk {
    private final Entry entry;
    private int next;
    private boolean done;

    Walk(Entry entry) {
      this.entry = entry;
    }
  }
}
