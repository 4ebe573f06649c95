package dev.pgmend.cli;

import dev.pgmend.plan.Step;
import dev.pgmend.plan.LoadStep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.archive.Archive;
import dev.pgmend.assess.Assessment;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.inspect.Inspector;
import dev.pgmend.plan.ColumnChange;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.RunHome;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// The output for machines and its description say the same.
class JsonTest {
  private static final QualifiedName TABLE = new QualifiedName("shop", "or\"der\u202es");

  @Test
  void planHasTheDocumentedKeys() {
    StringWriter out = new StringWriter();
    PlanJson.write(out, plan(), List.of(new RowChange(new QualifiedName("a", "b"), 1, 2, 3)));
    assertThat(keys(out.toString())).isEqualTo(documented("pgmend plan --json"));
    assertThat(out.toString()).contains("or\\\"der").contains("\"phase\" : \"undo-settle\"");
  }

  @Test
  void inspectHasTheDocumentedKeys() {
    Set<String> keys = new TreeSet<>();
    // What may be null is not so everywhere: it takes several tables, and data that cannot be read.
    for (String archive : List.of("nasty-Fc-default.dump", "nasty-Fc-inserts.dump")) {
      StringWriter out = new StringWriter();
      try (Archive opened = Archive.open(corpus(archive))) {
        Inspector inspector = new Inspector(opened);
        InspectJson.details(
            out,
            inspector.overview(),
            List.of("events", "events_2024", "child", "customers", "orders").stream()
                .map(name -> inspector.detail(new QualifiedName("app", name)))
                .toList());
        keys.addAll(keys(out.toString()));
      }
    }
    assertThat(keys).isEqualTo(documented("pgmend inspect --json"));
  }

  @Test
  void assessHasTheDocumentedKeys() {
    StringWriter out = new StringWriter();
    AssessJson.write(
        out,
        new Assessment(
            List.of(new Assessment.Loss(Assessment.Kind.GONE, "table", "", Optional.of(TABLE))),
            List.of(
                new RowDiff(
                    TABLE,
                    true,
                    List.of(),
                    3,
                    3,
                    0,
                    0,
                    new LinkedHashMap<>(),
                    List.of(),
                    List.of())),
            1,
            2,
            List.of("this"),
            List.of(TABLE),
            false,
            Set.of()),
        "pgmend restore");
    assertThat(keys(out.toString())).isEqualTo(documented("pgmend assess --json"));
  }

  @Test
  void diffHasTheDocumentedKeys() {
    StringWriter out = new StringWriter();
    LinkedHashMap<String, Long> columns = new LinkedHashMap<>(Map.of("a", 1L));
    DiffJson.write(
        out,
        List.of(
            new RowDiff(
                TABLE,
                false,
                List.of("id"),
                3,
                1,
                1,
                0,
                columns,
                List.of("note"),
                List.of(
                    new RowDiff.Sample(
                        RowDiff.Kind.CHANGED, List.of(new RowDiff.Value("a", "1", "2", true)))))));
    assertThat(keys(out.toString())).isEqualTo(documented("pgmend diff --json"));
  }

  private static Plan plan() {
    List<Step> statements = List.of(new Step.Statement("title", "SELECT 1", "none", 7));
    return new Plan(
        RunHome.own("pgmend_1"),
        Request.of(new LinkedHashSet<>(List.of(TABLE))),
        Map.of(TABLE, Mode.SWAP),
        "reason",
        List.of("pgmend_1"),
        statements,
        List.of(new LoadStep.Load(TABLE, TABLE, List.of("a"), List.of(8, 9))),
        statements,
        List.of(),
        statements,
        statements,
        List.of(),
        List.of(),
        List.of("old"),
        List.of(),
        List.of(new ColumnChange(TABLE, "a", "b", "int", "text")),
        List.of(new Plan.Refusal("code", "why", "what to do")),
        List.of("notice"),
        List.of());
  }

  /// The paths of all leaves; array elements count as one.
  private static Set<String> keys(String json) {
    Set<String> keys = new TreeSet<>();
    Deque<String> path = new ArrayDeque<>();
    path.push("");
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
      String name = "";
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        switch (token) {
          case START_OBJECT -> path.push(name.isEmpty() ? path.element() : name + ".");
          case START_ARRAY -> path.push(name + "[]");
          case END_OBJECT, END_ARRAY -> path.pop();
          case PROPERTY_NAME -> name = prefix(path) + parser.currentName();
          case VALUE_NULL -> {}
          default -> keys.add(path.element().endsWith("[]") ? path.element() : name);
        }
        if (token != JsonToken.PROPERTY_NAME) {
          name = token == JsonToken.START_ARRAY || inArray(path) ? path.element() : "";
        }
      }
    }
    return keys;
  }

  private static boolean inArray(Deque<String> path) {
    return path.element().endsWith("[]");
  }

  private static String prefix(Deque<String> path) {
    String here = path.element();
    return here.isEmpty() || here.endsWith(".") ? here : here + ".";
  }

  private static Set<String> documented(String section) {
    Set<String> keys = new TreeSet<>();
    for (String part : read("docs/json.md").split("\n## ")) {
      if (part.startsWith(section)) {
        part.lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.substring(0, line.indexOf('|', 1)))
            .forEach(cell ->
                Pattern.compile("`([^`]+)`")
                    .matcher(cell)
                    .results()
                    .forEach(match -> keys.add(match.group(1))));
      }
    }
    return keys;
  }

  private static String read(String file) {
    try {
      return Files.readString(root().resolve(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path corpus(String name) {
    return root().resolve("core/src/test/resources/corpus/pg15").resolve(name);
  }

  /// The source tree, from the place of the compiled tests in it.
  static Path root() {
    try {
      return Path.of(JsonTest.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .resolve("../../..")
          .normalize();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
