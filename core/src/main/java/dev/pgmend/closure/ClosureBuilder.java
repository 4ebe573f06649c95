package dev.pgmend.closure;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.TableDefinition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Computes a [Closure] from an archive alone. Pure; every walk is iterative, for the graph is untrusted input.
public final class ClosureBuilder {
  /// Entries that describe other entries and never make anything depend on them.
  private static final Set<String> LEAVES =
      Set.of(
          "TABLE DATA",
          "COMMENT",
          "ACL",
          "SECURITY LABEL",
          "SEQUENCE SET",
          "STATISTICS DATA",
          "EXTENDED STATISTICS DATA",
          "ROW SECURITY",
          "MATERIALIZED VIEW DATA",
          "BLOBS",
          "BLOB METADATA");

  private static final Pattern FOREIGN_INHERITS =
      Pattern.compile("\\)\\s*INHERITS \\(([^)]*)\\)\\s*SERVER ");

  private final Toc toc;
  private final Ownership ownership;
  private final Map<Integer, Integer> position = new HashMap<>();
  private final Map<Integer, List<Entry>> dependents = new HashMap<>();
  private final Map<QualifiedName, Set<QualifiedName>> children = new LinkedHashMap<>();

  public ClosureBuilder(Toc toc, Ownership ownership) {
    this.toc = toc;
    this.ownership = ownership;
    int at = 0;
    for (Entry entry : toc.entries()) {
      position.put(entry.dumpId(), at++);
      for (int id : entry.dependencies()) {
        dependents.computeIfAbsent(id, _ -> new ArrayList<>()).add(entry);
      }
      if (entry.desc().equals("TABLE ATTACH")
          && Entries.head(entry).orElse(null) instanceof Head.TableAttach attach) {
        children
            .computeIfAbsent(attach.parent(), _ -> new LinkedHashSet<>())
            .add(attach.partition());
      } else if (entry.desc().equals("TABLE") && entry.defn().contains("INHERITS")) {
        for (QualifiedName parent : TableDefinition.parse(entry.defn()).inherits()) {
          children.computeIfAbsent(parent, _ -> new LinkedHashSet<>()).add(Entries.name(entry));
        }
      } else if (entry.desc().equals("FOREIGN TABLE")) {
        for (QualifiedName parent : foreignInherits(entry)) {
          children.computeIfAbsent(parent, _ -> new LinkedHashSet<>()).add(Entries.name(entry));
        }
      }
    }
  }

  /// {@return a closure of one table without its partitions and children, without dependents and needs}
  public Closure alone(Entry table) {
    List<Entry> belongings = new ArrayList<>(ownership.belongings(table));
    belongings.sort(Entries.restoreOrder(position));
    return new Closure(
        ownership, List.of(table), belongings, List.of(), List.of(), List.of(), List.of());
  }

  /// Computes the closure of the named tables, which must be in the archive.
  public Closure of(Collection<QualifiedName> asked) {
    Map<Integer, Entry> tables = new LinkedHashMap<>();
    Deque<QualifiedName> queue = new ArrayDeque<>(asked);
    List<Entry> foreign = new ArrayList<>();
    while (!queue.isEmpty()) {
      QualifiedName name = queue.poll();
      Entry table = ownership.relation(name).orElse(null);
      if (table != null && table.desc().equals("FOREIGN TABLE")) {
        // Its rows are another server's; with the table that it is a partition of only its
        // definition falls.
        foreign.add(table);
      } else if (table != null && tables.putIfAbsent(table.dumpId(), table) == null) {
        queue.addAll(children.getOrDefault(name, Set.of()));
      }
    }
    Set<Integer> inside = new HashSet<>(tables.keySet());
    List<Entry> belongings = new ArrayList<>();
    for (Entry table : tables.values()) {
      for (Entry belonging : ownership.belongings(table)) {
        if (inside.add(belonging.dumpId())) {
          belongings.add(belonging);
        }
      }
    }
    List<Entry> fallen = fallen(inside);
    for (Entry table : foreign) {
      add(table, fallen);
      ownership.belongings(table).stream()
          .filter(entry -> !LEAVES.contains(entry.desc()) || !entry.desc().endsWith("DATA"))
          .forEach(entry -> add(entry, fallen));
    }
    Comparator<Entry> order = Entries.restoreOrder(position);
    List<Entry> sortedTables = new ArrayList<>(tables.values());
    sortedTables.sort(order);
    belongings.sort(order);
    fallen.sort(order);
    return new Closure(
        ownership,
        sortedTables,
        belongings,
        fallen,
        needs(sortedTables, belongings, fallen),
        List.of(),
        List.of());
  }

  /// {@return the parents of a foreign table}
  public static List<QualifiedName> foreignInherits(Entry foreignTable) {
    Matcher inherits = FOREIGN_INHERITS.matcher(foreignTable.defn());
    return inherits.find() ? List.copyOf(Lexer.qualifiedNames(inherits.group(1))) : List.of();
  }

  private static void add(Entry entry, List<Entry> fallen) {
    if (fallen.stream().noneMatch(other -> other.dumpId() == entry.dumpId())) {
      fallen.add(entry);
    }
  }

  /// {@return whether the entry only describes another one, so that nothing ever depends on it}
  public static boolean isLeaf(Entry entry) {
    return LEAVES.contains(entry.desc());
  }

  /// What depends on the entries inside, through any number of steps, with everything that belongs to it.
  private List<Entry> fallen(Set<Integer> inside) {
    Set<Integer> seen = new HashSet<>(inside);
    List<Entry> found = new ArrayList<>();
    Deque<Integer> queue = new ArrayDeque<>(inside);
    while (!queue.isEmpty()) {
      for (Entry dependent : dependents.getOrDefault(queue.poll(), List.of())) {
        if (LEAVES.contains(dependent.desc())) {
          continue;
        }
        // A view that pg_dump had to split falls as a whole when its second half does.
        Entry whole =
            Entries.returnRule(dependent)
                ? ownership.owner(dependent).orElse(dependent)
                : dependent;
        if (seen.add(whole.dumpId())) {
          found.add(whole);
          queue.add(whole.dumpId());
          // What belongs to an outside table stays with it; what belongs to a fallen view or
          // function falls with it.
          boolean outsideTable =
              whole.desc().equals("TABLE") || whole.desc().equals("FOREIGN TABLE");
          for (Entry belonging : outsideTable ? List.<Entry>of() : ownership.belongings(whole)) {
            if (seen.add(belonging.dumpId())) {
              found.add(belonging);
              queue.add(belonging.dumpId());
            }
          }
        }
      }
    }
    return found;
  }

  private List<Entry> needs(List<Entry> tables, List<Entry> belongings, List<Entry> fallen) {
    Set<Integer> known = new HashSet<>();
    List<Entry> all = new ArrayList<>();
    for (List<Entry> part : List.of(tables, belongings, fallen)) {
      for (Entry entry : part) {
        known.add(entry.dumpId());
        all.add(entry);
      }
    }
    List<Entry> needs = new ArrayList<>();
    for (Entry entry : all) {
      for (int id : entry.dependencies()) {
        toc.find(id).filter(need -> known.add(need.dumpId())).ifPresent(needs::add);
      }
    }
    needs.sort(Entries.restoreOrder(position));
    return needs;
  }
}
