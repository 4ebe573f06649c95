package dev.pgmend.inspect;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What depends on each of many tables; the same as [ClosureBuilder] finds for one, but the reverse graph is laid out once, and
/// all walks together have a bound, for the graph comes from outside and could be made so that every table reaches everything.
final class Dependents {
  /// More than any real schema comes near to; about a second.
  private static final int STEPS_MAX = 10_000_000;

  private static final int[] NONE = {};

  private final List<Entry> entries;
  private final Map<Integer, Integer> position;
  private final int[][] dependents;
  private final int[][] owned;
  private final int[] owner;
  private final int[] seen;
  private int walk;
  private int steps;

  Dependents(Toc toc, Ownership ownership) {
    entries = toc.entries();
    position = HashMap.newHashMap(entries.size());
    for (Entry entry : entries) {
      position.put(entry.dumpId(), position.size());
    }
    dependents = new int[entries.size()][];
    owned = new int[entries.size()][];
    owner = new int[entries.size()];
    seen = new int[entries.size()];
    Arrays.fill(dependents, NONE);
    Arrays.fill(owned, NONE);
    Arrays.fill(owner, -1);
    layOut(ownership);
  }

  private void layOut(Ownership ownership) {
    List<List<Integer>> reverse = lists();
    List<List<Integer>> belongings = lists();
    for (int at = 0; at < owner.length; at++) {
      Entry entry = entries.get(at);
      Integer owning = ownership.owner(entry).map(e -> position.get(e.dumpId())).orElse(null);
      if (owning != null) {
        owner[at] = owning;
        belongings.get(owning).add(at);
      }
      if (!ClosureBuilder.isLeaf(entry)) {
        // A view that pg_dump had to split falls as a whole when its second half does.
        int whole = owning != null && Entries.returnRule(entry) ? owning : at;
        for (int id : entry.dependencies()) {
          Integer on = position.get(id);
          if (on != null) {
            reverse.get(on).add(whole);
          }
        }
      }
    }
    for (int at = 0; at < owner.length; at++) {
      dependents[at] = reverse.get(at).stream().mapToInt(Integer::intValue).distinct().toArray();
      owned[at] = belongings.get(at).stream().mapToInt(Integer::intValue).toArray();
    }
  }

  private List<List<Integer>> lists() {
    List<List<Integer>> lists = new ArrayList<>(owner.length);
    for (int i = 0; i < owner.length; i++) {
      lists.add(new ArrayList<>(0));
    }
    return lists;
  }

  /// {@return what depends on the tables, without what belongs to such a dependent; empty if the walks of this object have used
  /// up their steps}
  ///
  /// @param direct whether to go one step only
  Optional<List<Entry>> of(Collection<Entry> tables, boolean direct) {
    walk++;
    IntQueue queue = new IntQueue();
    for (Entry table : tables) {
      add(position.getOrDefault(table.dumpId(), -1), true, queue);
    }
    int inside = queue.size();
    List<Integer> found = new ArrayList<>();
    for (int next = 0; next < (direct ? inside : queue.size()); next++) {
      for (int dependent : dependents[queue.at(next)]) {
        steps++;
        if (seen[dependent] != walk) {
          found.add(dependent);
          String desc = entries.get(dependent).desc();
          // What belongs to an outside table stays with it.
          add(dependent, !desc.equals("TABLE") && !desc.equals("FOREIGN TABLE"), queue);
        }
      }
      if (!direct && steps > STEPS_MAX) {
        return Optional.empty();
      }
    }
    return Optional.of(
        found.stream()
            .filter(at -> owner[at] < 0 || seen[owner[at]] != walk)
            .map(entries::get)
            .toList());
  }

  private void add(int start, boolean withBelongings, IntQueue queue) {
    if (start < 0 || seen[start] == walk) {
      return;
    }
    seen[start] = walk;
    int first = queue.size();
    queue.add(start);
    for (int next = first; withBelongings && next < queue.size(); next++) {
      for (int belonging : owned[queue.at(next)]) {
        steps++;
        if (seen[belonging] != walk) {
          seen[belonging] = walk;
          queue.add(belonging);
        }
      }
    }
  }

  /// A list of numbers without a box around each.
  private static final class IntQueue {
    private int[] numbers = new int[16];
    private int size;

    void add(int number) {
      if (size == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * size);
      }
      numbers[size++] = number;
    }

    int at(int index) {
      return numbers[index];
    }

    int size() {
      return size;
    }
  }
}
