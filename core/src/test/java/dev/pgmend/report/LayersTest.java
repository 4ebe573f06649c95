package dev.pgmend.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.report.ClosureGraph.Edge;
import dev.pgmend.report.ClosureGraph.Node;
import dev.pgmend.report.ClosureGraph.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {
  /// Edges lead from a node to one of a smaller number.
  private static ClosureGraph graph(int size, Random random) {
    List<Node> nodes = new ArrayList<>();
    Set<Edge> edges = new LinkedHashSet<>();
    for (int i = 0; i < size; i++) {
      nodes.add(new Node(i, "table n" + i, Role.TABLE, 0));
      for (int k = 0; i > 0 && k < 2; k++) {
        edges.add(new Edge(i, random.nextInt(i)));
      }
    }
    return new ClosureGraph(nodes, List.copyOf(edges), 0);
  }

  private static Map<Integer, Integer> columns(ClosureGraph graph) {
    Map<Integer, Integer> columns = new HashMap<>();
    List<List<Node>> layers = Layers.of(graph);
    for (int i = 0; i < layers.size(); i++) {
      assertThat(layers.get(i)).isNotEmpty().hasSizeLessThanOrEqualTo(16);
      for (Node node : layers.get(i)) {
        assertThat(columns.put(node.id(), i)).as("a node stands in one place").isNull();
      }
    }
    assertThat(columns).hasSameSizeAs(graph.nodes());
    return columns;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 30, 100})
  void whatIsNeededStandsLeftOfWhatNeedsIt(int size) {
    ClosureGraph graph = graph(size, new Random(size));
    Map<Integer, Integer> columns = columns(graph);
    assertThat(graph.edges())
        .allSatisfy(
            edge -> assertThat(columns.get(edge.to())).isLessThan(columns.get(edge.from())));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 40, 100})
  void cyclesAreDrawnToo(int size) {
    List<Edge> ring = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      ring.add(new Edge(i, (i + 1) % size));
    }
    ClosureGraph graph = new ClosureGraph(graph(size, new Random(1)).nodes(), ring, 0);
    columns(graph);
    Html html = new Html();
    GraphSvg.draw(html, graph);
    assertThat(html.toString()).contains("<path class=\"edge\"").doesNotContain("NaN");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 100})
  void boxesDoNotOverlap(int size) {
    Html html = new Html();
    GraphSvg.draw(html, graph(size, new Random(size)));
    List<double[]> places =
        java.util.regex.Pattern.compile(
                "<g class=\"table\" transform=\"translate\\(([0-9.]+) ([0-9.]+)\\)")
            .matcher(html.toString())
            .results()
            .map(m -> new double[] {Double.parseDouble(m.group(1)), Double.parseDouble(m.group(2))})
            .toList();
    assertThat(places).hasSize(size);
    for (double[] one : places) {
      assertThat(
              places.stream()
                  .filter(other ->
                      Math.abs(other[0] - one[0]) < 210 && Math.abs(other[1] - one[1]) < 40))
          .hasSize(1);
    }
  }
}
