package dev.pgmend.report;

import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Ownership;
import dev.pgmend.closure.Wording;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What hangs together with restored tables, as the backup says: what they need, what depends on them. Indexes, triggers, rows and the
/// like stand with the object that they belong to.
///
/// @param edges from what depends to what it depends on
/// @param left how many objects are not shown, for there are too many
public record ClosureGraph(List<Node> nodes, List<Edge> edges, int left) {
  private static final int MOST = 100;

  /// How an object is concerned.
  public enum Role {
    NEED,
    TABLE,
    DEPENDENT
  }

  /// An object.
  ///
  /// @param belongings how many entries of the backup belong to it
  public record Node(int id, String label, Role role, int belongings) {}

  /// @param from the node that depends
  /// @param to what it depends on
  public record Edge(int from, int to) {}

  public ClosureGraph {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
  }

  /// {@return the graph of some tables}
  public static ClosureGraph of(Toc toc, Collection<QualifiedName> tables) {
    Ownership ownership = new Ownership(toc);
    Closure closure = new ClosureBuilder(toc, ownership).of(tables);
    Map<Integer, Role> roles = new LinkedHashMap<>();
    Map<Integer, Entry> roots = new LinkedHashMap<>();
    add(closure.tables(), Role.TABLE, ownership, roles, roots);
    add(closure.dependents(), Role.DEPENDENT, ownership, roles, roots);
    add(
        closure.needs().stream().filter(entry -> !entry.desc().equals("SCHEMA")).toList(),
        Role.NEED,
        ownership,
        roles,
        roots);
    Set<Integer> shown = new LinkedHashSet<>(roots.keySet().stream().limit(MOST).toList());
    Map<Integer, Integer> belongings = new LinkedHashMap<>();
    Set<Edge> edges = new LinkedHashSet<>();
    for (List<Entry> entries :
        List.of(closure.tables(), closure.belongings(), closure.dependents(), closure.needs())) {
      for (Entry entry : entries) {
        int from = ownership.root(entry).dumpId();
        if (!shown.contains(from)) {
          continue;
        }
        if (from != entry.dumpId()) {
          belongings.merge(from, 1, Integer::sum);
        }
        for (int dependency : entry.dependencies()) {
          Optional<Integer> to =
              toc.find(dependency).map(ownership::root).map(Entry::dumpId).filter(shown::contains);
          if (to.isPresent() && to.get() != from && telling(roles.get(from), roles.get(to.get()))) {
            edges.add(new Edge(from, to.get()));
          }
        }
      }
    }
    Set<Integer> joined = new LinkedHashSet<>();
    edges.forEach(edge -> joined.addAll(List.of(edge.from(), edge.to())));
    List<Node> nodes = new ArrayList<>();
    for (int id : shown) {
      Entry root = roots.get(id);
      if (root != null && (roles.get(id) != Role.NEED || joined.contains(id))) {
        nodes.add(
            new Node(
                id,
                Wording.of(root),
                roles.getOrDefault(id, Role.NEED),
                belongings.getOrDefault(id, 0)));
      }
    }
    return new ClosureGraph(nodes, List.copyOf(edges), roots.size() - shown.size());
  }

  /// What dependents need besides the tables says nothing about these.
  private static boolean telling(@Nullable Role from, @Nullable Role to) {
    return from == Role.TABLE || to == Role.TABLE || from == Role.DEPENDENT && to == Role.DEPENDENT;
  }

  private static void add(
      List<Entry> entries,
      Role role,
      Ownership ownership,
      Map<Integer, Role> roles,
      Map<Integer, Entry> roots) {
    for (Entry entry : entries) {
      Entry root = ownership.root(entry);
      roles.putIfAbsent(root.dumpId(), role);
      roots.putIfAbsent(root.dumpId(), root);
    }
  }
}
