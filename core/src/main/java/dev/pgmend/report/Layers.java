package dev.pgmend.report;

import dev.pgmend.report.ClosureGraph.Edge;
import dev.pgmend.report.ClosureGraph.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Puts the nodes of a graph into columns, so that edges lead from right to left, and orders each column so that few of them cross
/// (Sugiyama, Tagawa and Toda 1981: layers by longest path, order by barycentres). A column that would be too long is continued in
/// another one.
final class Layers {
  private static final int LONGEST = 16;
  private static final int SWEEPS = 8;

  private Layers() {}

  /// {@return the columns, what is needed first}
  static List<List<Node>> of(ClosureGraph graph) {
    Map<Integer, Set<Integer>> needs = withoutCycles(graph);
    Map<Integer, Integer> layer = new HashMap<>();
    graph.nodes().forEach(node -> depth(node.id(), needs, layer));
    besideTheirUsers(graph, needs, layer);
    TreeMap<Integer, List<Node>> layers = new TreeMap<>();
    graph
        .nodes()
        .forEach(node ->
            layers
                .computeIfAbsent(layer.getOrDefault(node.id(), 0), _ -> new ArrayList<>())
                .add(node));
    List<List<Node>> columns = new ArrayList<>(layers.values());
    order(columns, graph.edges());
    return columns.stream().flatMap(column -> split(column).stream()).toList();
  }

  /// Edges that close a cycle are left out: they have no direction that would show.
  private static Map<Integer, Set<Integer>> withoutCycles(ClosureGraph graph) {
    Map<Integer, List<Integer>> all = new LinkedHashMap<>();
    graph.nodes().forEach(node -> all.put(node.id(), new ArrayList<>()));
    graph.edges().forEach(edge -> all.getOrDefault(edge.from(), new ArrayList<>()).add(edge.to()));
    Map<Integer, Set<Integer>> kept = new HashMap<>();
    Set<Integer> done = new HashSet<>();
    all.keySet().forEach(node -> walk(node, all, kept, new HashSet<>(), done));
    return kept;
  }

  private static void walk(
      int node,
      Map<Integer, List<Integer>> all,
      Map<Integer, Set<Integer>> kept,
      Set<Integer> above,
      Set<Integer> done) {
    if (!done.add(node)) {
      return;
    }
    above.add(node);
    for (int need : all.getOrDefault(node, List.of())) {
      if (!above.contains(need)) {
        kept.computeIfAbsent(node, _ -> new HashSet<>()).add(need);
        walk(need, all, kept, above, done);
      }
    }
    above.remove(node);
  }

  private static int depth(
      int node, Map<Integer, Set<Integer>> needs, Map<Integer, Integer> layer) {
    Integer known = layer.get(node);
    if (known != null) {
      return known;
    }
    int deepest = 0;
    for (int need : needs.getOrDefault(node, Set.of())) {
      deepest = Math.max(deepest, depth(need, needs, layer) + 1);
    }
    layer.put(node, deepest);
    return deepest;
  }

  /// What nothing is needed for goes next to the first that needs it.
  private static void besideTheirUsers(
      ClosureGraph graph, Map<Integer, Set<Integer>> needs, Map<Integer, Integer> layer) {
    for (Node node : graph.nodes()) {
      if (needs.getOrDefault(node.id(), Set.of()).isEmpty()) {
        needs.entrySet().stream()
            .filter(user -> user.getValue().contains(node.id()))
            .mapToInt(user -> layer.getOrDefault(user.getKey(), 1))
            .min()
            .ifPresent(first -> layer.put(node.id(), first - 1));
      }
    }
  }

  private static void order(List<List<Node>> columns, List<Edge> edges) {
    Map<Integer, List<Integer>> neighbours = new HashMap<>();
    for (Edge edge : edges) {
      neighbours.computeIfAbsent(edge.from(), _ -> new ArrayList<>()).add(edge.to());
      neighbours.computeIfAbsent(edge.to(), _ -> new ArrayList<>()).add(edge.from());
    }
    Map<Integer, Double> place = new HashMap<>();
    columns.forEach(column -> number(column, place));
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (List<Node> column : sweep % 2 == 0 ? columns : columns.reversed()) {
        column.sort(
            Comparator.comparingDouble(node ->
                neighbours.getOrDefault(node.id(), List.of()).stream()
                    .mapToDouble(other -> place.getOrDefault(other, 0.0))
                    .average()
                    .orElse(place.getOrDefault(node.id(), 0.0))));
        number(column, place);
      }
    }
  }

  /// Places go from 0 to 1, whatever the length of the column.
  private static void number(List<Node> column, Map<Integer, Double> place) {
    for (int i = 0; i < column.size(); i++) {
      place.put(column.get(i).id(), (i + 0.5) / column.size());
    }
  }

  private static List<List<Node>> split(List<Node> column) {
    int parts = (column.size() + LONGEST - 1) / LONGEST;
    int each = (column.size() + parts - 1) / parts;
    List<List<Node>> columns = new ArrayList<>();
    for (int i = 0; i < column.size(); i += each) {
      columns.add(List.copyOf(column.subList(i, Math.min(i + each, column.size()))));
    }
    return columns;
  }
}
