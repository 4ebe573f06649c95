package dev.pgmend.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.checks.Check;
import dev.pgmend.checks.Check.Expected;
import dev.pgmend.checks.Check.When;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.Step;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.RunHome;
import dev.pgmend.testing.Archives;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  private static final String EVIL = "x</title><script>alert(1)</script>\"'&\u202e\u0007";
  private static final QualifiedName TABLE = new QualifiedName("s", EVIL);
  private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

  private final AtomicLong seconds = new AtomicLong();
  private final InstantSource clock = () -> START.plusSeconds(seconds.getAndIncrement());

  private static Plan plan(List<Plan.Refusal> refusals) {
    return new Plan(
        RunHome.own("pgmend_x"),
        Request.of(new LinkedHashSet<>(Set.of(TABLE))),
        Map.of(TABLE, Mode.SWAP),
        EVIL,
        List.of(),
        List.of(new Step.Statement("create " + EVIL, "CREATE TABLE " + TABLE.sql())),
        List.of(),
        List.of(),
        List.of(new Step.Statement("count " + EVIL, "SELECT 1")),
        List.of(new Step.Statement("exchange " + EVIL, "ALTER", "ACCESS EXCLUSIVE on " + EVIL, 0)),
        List.of(),
        List.of(),
        List.of(),
        List.of(EVIL),
        List.of(),
        List.of(),
        refusals,
        List.of(EVIL),
        List.of());
  }

  private Timeline timeline(Plan plan) {
    Timeline timeline = new Timeline(Progress.NONE, clock);
    timeline.phase("verify");
    timeline.step(plan.verify().getFirst());
    timeline.phase("cutover");
    timeline.step(plan.cutover().getFirst());
    timeline.note(EVIL);
    return timeline;
  }

  private RunReport report(Optional<Outcome> outcome, Optional<RunReport.Failure> failure) {
    Plan plan = plan(List.of());
    Timeline timeline = timeline(plan);
    timeline.ended();
    Check check =
        new Check.Query(EVIL, When.BEFORE, Duration.ofSeconds(1), EVIL, new Expected.Rows(0));
    return new RunReport(
        "pgmend 1",
        "bob@db:5432/" + EVIL,
        EVIL,
        START,
        clock.instant(),
        Optional.of(plan),
        outcome,
        failure,
        timeline,
        List.of(new CheckResult(check, failure.isEmpty(), EVIL, Duration.ofMillis(7))),
        Optional.of(
            new ClosureGraph(
                List.of(
                    new ClosureGraph.Node(1, "table " + EVIL, ClosureGraph.Role.TABLE, 2),
                    new ClosureGraph.Node(2, "view " + EVIL, ClosureGraph.Role.DEPENDENT, 0)),
                List.of(new ClosureGraph.Edge(2, 1)),
                0)),
        List.of(new RunReport.Command("Take it back", "pgmend undo " + EVIL)));
  }

  private static Outcome outcome() {
    return new Outcome(
        Outcome.Status.DONE,
        "pgmend_x",
        List.of(new Proved(TABLE, List.of("id"), false, 1234567, "00ff")),
        List.of(new Outcome.Change(TABLE.sql(), 1, 2, 3)),
        true,
        Map.of(TABLE, EVIL),
        Duration.ofMillis(700),
        List.of(EVIL),
        List.of(EVIL));
  }

  @Test
  void hostileNamesAreText() {
    String html = HtmlReport.of(report(Optional.of(outcome()), Optional.empty()));
    assertThat(html)
        .doesNotContain("<script")
        .doesNotContain("\u202e")
        .doesNotContain("\u0007")
        .contains("&lt;script&gt;")
        .contains("\\u202e");
    balanced(html);
  }

  @Test
  void nothingIsLoadedFromElsewhere() {
    String html = HtmlReport.of(report(Optional.of(outcome()), Optional.empty()));
    assertThat(html)
        .contains("default-src 'none'")
        .doesNotContainPattern("(?i)(src|href)\\s*=")
        .doesNotContainPattern("(?i)@import|https?://");
    String style = html.substring(html.indexOf("<style>"), html.indexOf("</style>"));
    assertThat(style)
        .doesNotContain("url(")
        .contains("prefers-color-scheme: dark")
        .contains("@media print");
  }

  @Test
  void saysWhatWasDoneAndHowToTakeItBack() {
    String html = HtmlReport.of(report(Optional.of(outcome()), Optional.empty()));
    assertThat(html)
        .contains("<p class=\"badge good\">done</p>")
        .contains("1\u00a0234\u00a0567")
        .contains("00ff")
        .contains("at most 700 ms")
        .contains("ACCESS EXCLUSIVE on ")
        .contains("pgmend undo ")
        .contains("<b class=\"good\">passed</b>")
        .contains("<svg class=\"graph\"");
  }

  @Test
  void saysWhereItStopped() {
    String html =
        HtmlReport.of(
            report(
                Optional.empty(),
                Optional.of(
                    new RunReport.Failure(
                        "locked", 6, EVIL, "Try again.", "nothing was changed"))));
    assertThat(html)
        .contains("<p class=\"badge bad\">failed</p>")
        .contains("Nothing was changed.")
        .contains("<b>HINT</b> Try again.")
        .doesNotContain("objects that the plan restores were all there")
        .doesNotContain("<script");
    balanced(html);
  }

  @Test
  void aRefusedPlanHasAReportToo() {
    Timeline timeline = new Timeline(Progress.NONE, clock);
    timeline.ended();
    RunReport report =
        new RunReport(
            "pgmend 1",
            "t",
            "s",
            START,
            START,
            Optional.of(plan(List.of(new Plan.Refusal("row-type", EVIL, EVIL)))),
            Optional.empty(),
            Optional.of(new RunReport.Failure("row-type", 5, "m", "h", "s")),
            timeline,
            List.of(),
            Optional.empty(),
            List.of());
    String html = HtmlReport.of(report);
    assertThat(html).contains("<code>row-type</code>").contains("The run did not begin.");
    balanced(html);
  }

  @Test
  void theGraphOfARealTableIsOfItsClosure() {
    ClosureGraph graph =
        ClosureGraph.of(Archives.toc(Archives.SHOP), List.of(new QualifiedName("shop", "orders")));
    assertThat(graph.nodes())
        .anyMatch(node -> node.label().equals("table \"shop\".\"orders\"") && node.belongings() > 3)
        .anyMatch(
            node -> node.role() == ClosureGraph.Role.DEPENDENT && node.label().startsWith("view "));
    assertThat(graph.edges()).isNotEmpty();
  }

  /// What a browser makes of the file is what is in it, on a phone and in print, too.
  @Test
  void aBrowserReadsIt(@TempDir Path directory) throws Exception {
    Path chromium = Path.of("/usr/bin/chromium");
    assumeTrue(Files.exists(chromium), "Chromium is needed");
    String html = HtmlReport.of(report(Optional.of(outcome()), Optional.empty()));
    Path page = directory.resolve("run.html");
    Files.writeString(page, html);
    Path picture = directory.resolve("phone.png");
    Path print = directory.resolve("run.pdf");
    String dom = chromium(directory, "--dump-dom", page);
    assertThat(dom.split("<section", -1)).hasSameSizeAs(html.split("<section", -1));
    assertThat(dom.split("<tr", -1)).hasSameSizeAs(html.split("<tr", -1));
    assertThat(dom).contains("&lt;script&gt;").doesNotContain("<script");
    chromium(directory, "--screenshot=" + picture, page, "--window-size=400,1200");
    chromium(directory, "--print-to-pdf=" + print, page);
    assertThat(picture).isNotEmptyFile();
    assertThat(Files.readAllBytes(print)).startsWith("%PDF".getBytes(StandardCharsets.US_ASCII));
  }

  private static String chromium(Path directory, String what, Path page, String... more)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "/usr/bin/chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + directory.resolve("profile"),
            what));
    command.addAll(List.of(more));
    command.add("file://" + page);
    Process browser =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(browser.waitFor()).isZero();
    return out;
  }

  /// Every element that is opened is closed, in order.
  private static void balanced(String html) {
    String body = html.substring(html.indexOf("<body>"), html.indexOf("</html>"));
    java.util.ArrayDeque<String> open = new java.util.ArrayDeque<>();
    java.util.regex.Matcher tag = Pattern.compile("<(/?)([a-z0-9]+)([^>]*?)(/?)>").matcher(body);
    while (tag.find()) {
      if (tag.group(1).equals("/")) {
        assertThat(open).isNotEmpty();
        assertThat(tag.group(2)).isEqualTo(open.pop());
      } else if (tag.group(4).isEmpty() && !tag.group(2).equals("br")) {
        open.push(tag.group(2));
      }
    }
    assertThat(open).isEmpty();
  }
}
