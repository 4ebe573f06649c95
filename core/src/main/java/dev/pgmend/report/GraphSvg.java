package dev.pgmend.report;

import dev.pgmend.report.ClosureGraph.Edge;
import dev.pgmend.report.ClosureGraph.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Draws a graph of dependencies: what is needed on the left, what depends on it on the right.
final class GraphSvg {
  private static final int WIDTH = 210;
  private static final int HEIGHT = 40;
  private static final int BETWEEN_COLUMNS = 70;
  private static final int BETWEEN_ROWS = 14;
  private static final int MARGIN = 10;
  private static final int SHOWN = 29;

  /// Drawn smaller it could not be read; a narrow screen shows a part of it.
  private static final double SMALLEST = 0.58;

  private GraphSvg() {}

  private record Place(double x, double y) {}

  static void draw(Html html, ClosureGraph graph) {
    List<List<Node>> columns = Layers.of(graph);
    int longest = columns.stream().mapToInt(List::size).max().orElse(1);
    double width = 2.0 * MARGIN + columns.size() * (WIDTH + BETWEEN_COLUMNS) - BETWEEN_COLUMNS;
    double height = 2.0 * MARGIN + longest * (HEIGHT + BETWEEN_ROWS) - BETWEEN_ROWS;
    Map<Integer, Place> places = new HashMap<>();
    for (int column = 0; column < columns.size(); column++) {
      List<Node> nodes = columns.get(column);
      double top = (height - nodes.size() * (HEIGHT + BETWEEN_ROWS) + BETWEEN_ROWS) / 2;
      for (int row = 0; row < nodes.size(); row++) {
        places.put(
            nodes.get(row).id(),
            new Place(
                MARGIN + (double) column * (WIDTH + BETWEEN_COLUMNS),
                top + (double) row * (HEIGHT + BETWEEN_ROWS)));
      }
    }
    html.raw(
        "<svg class=\"graph\" role=\"img\" aria-label=\"dependencies\" viewBox=\"0 0 %1$s %2$s\" width=\"%1$s\" height=\"%2$s\" style=\"min-width:%3$spx\">"
            .formatted(Html.number(width), Html.number(height), Html.number(width * SMALLEST)));
    html.raw(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>");
    graph.edges().forEach(edge -> edge(html, edge, places));
    graph.nodes().forEach(node -> node(html, node, places));
    html.raw("</svg>");
  }

  private static void edge(Html html, Edge edge, Map<Integer, Place> places) {
    Place from = places.get(edge.from());
    Place to = places.get(edge.to());
    if (from == null || to == null) {
      return;
    }
    double y1 = from.y() + HEIGHT / 2.0;
    double y2 = to.y() + HEIGHT / 2.0;
    if (from.x() > to.x()) {
      double x1 = from.x();
      double x2 = to.x() + WIDTH;
      double bend = Math.min(BETWEEN_COLUMNS, (x1 - x2) / 2);
      path(html, x1, y1, x1 - bend, y1, x2 + bend, y2, x2, y2);
    } else {
      // Of a cycle, or within a column that was continued.
      double x1 = from.x() + WIDTH;
      double x2 = to.x() + WIDTH;
      double far = Math.max(x1, x2) + BETWEEN_COLUMNS / 2.0;
      path(html, x1, y1, far, y1, far, y2, x2, y2);
    }
  }

  private static void path(Html html, double... at) {
    html.raw(
        "<path class=\"edge\" marker-end=\"url(#tip)\" d=\"M%s %sC%s %s %s %s %s %s\"/>"
            .formatted(java.util.Arrays.stream(at).mapToObj(Html::number).toArray()));
  }

  private static void node(Html html, Node node, Map<Integer, Place> places) {
    Place place = places.get(node.id());
    if (place == null) {
      return;
    }
    String label = node.label();
    int blank = label.indexOf(' ');
    String kind = blank < 0 ? "" : label.substring(0, blank);
    String name = label.substring(blank + 1);
    if (name.startsWith("view ") && kind.equals("materialized")) {
      kind = "materialized view";
      name = name.substring("view ".length());
    }
    if (node.belongings() > 0) {
      kind += " + " + node.belongings() + (node.belongings() == 1 ? " entry" : " entries");
    }
    html.raw(
        "<g class=\"%s\" transform=\"translate(%s %s)\"><title>"
            .formatted(
                node.role().name().toLowerCase(Locale.ROOT),
                Html.number(place.x()),
                Html.number(place.y())));
    html.text(label);
    html.raw("</title><rect width=\"%d\" height=\"%d\" rx=\"6\"/>".formatted(WIDTH, HEIGHT));
    html.raw("<text class=\"kind\" x=\"10\" y=\"15\">").text(kind).raw("</text>");
    html.raw("<text x=\"10\" y=\"31\">").text(cut(name)).raw("</text></g>");
  }

  private static String cut(String name) {
    // "schema"."name" is easier to read without its quotes where they are not needed.
    String plain = name.replaceAll("\"([a-z_][a-z0-9_$]*)\"", "$1");
    return plain.codePointCount(0, plain.length()) <= SHOWN
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, SHOWN - 1)) + "…";
  }
}
