package dev.pgmend.report;

import dev.pgmend.checks.CheckResult;
import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A run as one HTML file: no script, nothing that is loaded from elsewhere.
public final class HtmlReport {
  private final RunReport report;
  private final Html html = new Html();

  private HtmlReport(RunReport report) {
    this.report = report;
  }

  /// {@return the file's text}
  public static String of(RunReport report) {
    return new HtmlReport(report).write();
  }

  private String write() {
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.raw("<title>").text("pgmend: " + headline()).raw("</title>\n<style>\n");
    html.raw(style()).raw("</style>\n</head>\n<body>\n<main>\n");
    header();
    failure();
    commands();
    section("Timeline", () -> new TimelineBars(html, report).draw());
    report.outcome().ifPresent(this::rows);
    if (report.outcome().isEmpty()) {
      counted();
    }
    report.plan().filter(_ -> !report.timeline().phases().isEmpty()).ifPresent(this::proof);
    checks();
    report.graph().filter(graph -> !graph.nodes().isEmpty()).ifPresent(this::graph);
    report.plan().ifPresent(this::plan);
    notes();
    html.raw("<footer>").text(report.program()).text(" · times in UTC").raw("</footer>\n");
    html.raw("</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private static String style() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String headline() {
    String tables =
        report
            .plan()
            .map(plan -> names(plan))
            .filter(names -> !names.isEmpty())
            .orElse("no tables");
    return tables + ": " + report.result().words();
  }

  private static String names(Plan plan) {
    List<String> names = plan.request().tables().stream().map(HtmlReport::plain).toList();
    int parts = plan.modes().size() - names.size();
    String asked =
        names.size() <= 4
            ? String.join(", ", names)
            : "%s and %d more tables".formatted(names.getFirst(), names.size() - 1);
    return parts <= 0
        ? asked
        : "%s with %d %s".formatted(asked, parts, parts == 1 ? "further table" : "further tables");
  }

  /// A name without the quotes that it does not need.
  private static String plain(QualifiedName name) {
    return name.sql().replaceAll("\"([a-z_][a-z0-9_$]*)\"", "$1");
  }

  private void section(String title, Runnable content) {
    html.raw("<section>\n").element("h2", title);
    content.run();
    html.raw("</section>\n");
  }

  private void header() {
    RunReport.Result result = report.result();
    html.raw("<header><p class=\"badge %s\">".formatted(result.good() ? "good" : "bad"))
        .text(result.words())
        .raw("</p>");
    html.element("h1", report.plan().map(HtmlReport::names).orElse("Restore"));
    html.element(
        "p class=\"lead\"",
        report.failure().map(failure -> sentence(failure.state())).orElse(result.meaning()));
    html.raw("<dl>");
    fact("Database", report.target());
    fact("Backup", report.source());
    report.plan().ifPresent(plan -> fact("Run", plan.run()));
    fact("Begun", Words.moment(report.began()));
    fact("Took", Words.span(Duration.between(report.began(), report.ended())));
    report
        .outcome()
        .filter(outcome -> outcome.status() != Outcome.Status.NOTHING_TO_DO)
        .ifPresent(outcome -> fact("Locks held", "at most " + Words.span(outcome.locked())));
    report
        .outcome()
        .filter(outcome -> !outcome.proofs().isEmpty())
        .ifPresent(outcome ->
            fact(
                "Rows proved",
                Words.count(outcome.proofs().stream().mapToLong(Proved::rows).sum())));
    if (report.timeline().bytes() > 0) {
      fact("Read from the backup", Words.bytes(report.timeline().bytes()) + " of rows");
    }
    html.raw("</dl></header>\n");
  }

  private static String sentence(String words) {
    return words.isEmpty()
        ? ""
        : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1) + ".";
  }

  private void fact(String name, String value) {
    html.raw("<div>").element("dt", name).element("dd", value).raw("</div>");
  }

  private void failure() {
    report
        .failure()
        .ifPresent(failure -> {
          html.raw("<section class=\"failure\">").element("h2", "Why it stopped");
          html.raw("<p><code>").text(failure.code()).raw("</code> ").text(failure.message());
          html.raw("</p>");
          if (!failure.hint().isEmpty()) {
            html.raw("<p><b>HINT</b> ").text(failure.hint()).raw("</p>");
          }
          html.element("p class=\"small\"", "Exit code " + failure.exitCode());
          html.raw("</section>\n");
          failure.rows().filter(rows -> !rows.none()).ifPresent(this::differing);
        });
  }

  private void differing(DifferingRows rows) {
    section(
        "Rows that differ",
        () -> {
          html.element(
              "p",
              "%s: %s%s missing, %s changed, %s more than in the backup."
                  .formatted(
                      plain(rows.table()),
                      rows.complete() ? "" : "at least ",
                      Words.count(rows.missing()),
                      Words.count(rows.changed()),
                      Words.count(rows.extra())));
          head(
              "How",
              rows.key().isEmpty()
                  ? "Row"
                  : "Row, by (%s)".formatted(String.join(", ", rows.key())),
              "Columns that differ");
          for (DifferingRows.Sample sample : rows.samples()) {
            html.raw("<tr>");
            cell(sample.kind().toString());
            cell(sample.row());
            cell(sample.columns().isEmpty() ? "–" : String.join(", ", sample.columns()));
            html.raw("</tr>");
          }
          html.raw("</tbody></table></div>");
          long left = rows.missing() + rows.changed() + rows.extra() - rows.samples().size();
          if (left > 0) {
            html.element("p class=\"small\"", "And %s more.".formatted(Words.count(left)));
          }
        });
  }

  private void commands() {
    if (report.commands().isEmpty()) {
      return;
    }
    section(
        "What to type next",
        () -> {
          html.raw("<dl class=\"commands\">");
          for (RunReport.Command command : report.commands()) {
            html.raw("<div>").element("dt", command.purpose());
            html.raw("<dd><code>").text(command.line()).raw("</code></dd></div>");
          }
          html.raw("</dl>");
        });
  }

  private void rows(Outcome outcome) {
    section(
        "Rows",
        () -> {
          head("Table", "How", "#Rows", "Hash", "#Back", "#Changed", "#Removed");
          for (Proved proof : outcome.proofs()) {
            Optional<Outcome.Change> change =
                outcome.changes().stream()
                    .filter(one -> one.table().equals(proof.table().sql()))
                    .findFirst();
            html.raw("<tr>");
            cell(plain(proof.table()));
            cell(mode(proof.table()));
            number(Words.count(proof.rows()));
            html.raw("<td class=\"hash\">").text(proof.shown()).raw("</td>");
            number(change.map(one -> Words.count(one.restored())).orElse("–"));
            number(change.map(one -> Words.count(one.changed())).orElse("–"));
            number(change.map(one -> Words.count(one.removed())).orElse("–"));
            html.raw("</tr>");
            String exception = outcome.exceptions().get(proof.table());
            if (exception != null) {
              html.raw("<tr><td colspan=\"7\" class=\"small\">")
                  .text("but for " + exception)
                  .raw("</td></tr>");
            }
          }
          html.raw("</tbody></table></div>");
          html.element(
              "p class=\"small\"",
              outcome.whole()
                  ? "Every row was hashed as it left the backup and again as it was read back: the tables are what the backup says. The hash is the sum of the hashes of all rows."
                  : "Only the rows that were asked for were put back; they were hashed as they left the backup and again as they were read back.");
          outcome.open().forEach(open -> html.element("p class=\"open\"", "Open: " + open));
        });
  }

  private String mode(QualifiedName table) {
    return report.plan().map(plan -> plan.modes().get(table)).map(Mode::toString).orElse("");
  }

  private void counted() {
    List<RowChange> counted = report.timeline().counted();
    if (counted.isEmpty()) {
      return;
    }
    section(
        "Rows that were to change",
        () -> {
          head("Table", "#To bring back", "#To change back", "#To remove");
          for (RowChange change : counted) {
            html.raw("<tr>");
            cell(plain(change.table()));
            number(Words.count(change.come()));
            number(Words.count(change.change()));
            number(Words.count(change.go()));
            html.raw("</tr>");
          }
          html.raw("</tbody></table></div>");
        });
  }

  /// What was looked at besides the rows.
  private void proof(Plan plan) {
    List<Timeline.Entry> verified =
        report.timeline().steps().stream()
            .filter(step -> step.phase().equals("verify") || step.phase().equals("settle"))
            .toList();
    boolean committed = report.outcome().isPresent() && changed();
    if (verified.isEmpty() && !committed) {
      return;
    }
    section(
        "Structure and foreign keys",
        () -> {
          html.raw("<ul class=\"proof\">");
          for (int i = 0; i < verified.size(); i++) {
            Timeline.Entry step = verified.get(i);
            boolean stopped =
                report.failure().isPresent() && i == verified.size() - 1 && !committed;
            html.raw("<li class=\"%s\">".formatted(stopped ? "bad" : "good")).text(step.title());
            html.raw(" <span class=\"small\">")
                .text(
                    stopped
                        ? "the run ended here or later"
                        : report
                            .timeline()
                            .found(step.title())
                            .orElse(step.phase().equals("settle") ? "valid" : "nothing in the way"))
                .raw("</span></li>");
          }
          if (committed && !plan.expectations().isEmpty()) {
            html.raw("<li class=\"good\">")
                .text(
                    "%d objects that the plan restores were all there before the commit"
                        .formatted(plan.expectations().size()))
                .raw("</li>");
          }
          if (committed) {
            html.raw("<li class=\"good\">")
                .text("nothing outside the run's schemas depends on anything inside them")
                .raw("</li>");
          }
          html.raw("</ul>");
        });
  }

  private boolean changed() {
    return report
        .outcome()
        .filter(outcome -> outcome.status() != Outcome.Status.NOTHING_TO_DO)
        .isPresent();
  }

  private void checks() {
    if (report.checks().isEmpty()) {
      return;
    }
    section(
        "Checks",
        () -> {
          head("Check", "Kind", "When", "Result", "#Took");
          for (CheckResult result : report.checks()) {
            html.raw("<tr>");
            cell(result.check().name());
            cell(result.check().kind());
            cell(result.check().when().toString());
            html.raw("<td><b class=\"%s\">".formatted(result.passed() ? "good" : "bad"))
                .text(result.passed() ? "passed" : "failed")
                .raw("</b> ")
                .text(result.detail())
                .raw("</td>");
            number(Words.span(result.took()));
            html.raw("</tr>");
          }
          html.raw("</tbody></table></div>");
        });
  }

  private void graph(ClosureGraph graph) {
    section(
        "What hangs together",
        () -> {
          html.element(
              "p class=\"small\"",
              "As the backup says. Arrows point to what is needed. Indexes, constraints, triggers, grants and rows are counted with the object that they belong to.");
          html.raw("<div class=\"wide\">");
          GraphSvg.draw(html, graph);
          html.raw("</div>");
          html.raw(
              "<p class=\"legend\"><span class=\"table\">restored</span> <span class=\"dependent\">depends on it</span> <span class=\"need\">is needed</span></p>");
          if (graph.left() > 0) {
            html.element("p", "%d further objects are not shown.".formatted(graph.left()));
          }
        });
  }

  private void plan(Plan plan) {
    section(
        "The plan as it was run",
        () -> {
          html.element("p", "Because " + plan.reason() + ".");
          refusals(plan);
          phase("in staging, seen by nobody", plan.stage());
          phase("load", plan.load());
          phase("build", plan.build());
          phase("verify before anything changes", plan.verify());
          phase("cutover, one transaction", plan.cutover());
          phase("after the cutover", plan.settle());
          list("Columns that are not as in the backup", texts(plan.columns()));
          list("Kept or replaced", plan.replaced());
        });
  }

  private static List<String> texts(List<?> values) {
    return values.stream().map(Object::toString).toList();
  }

  private void refusals(Plan plan) {
    for (Plan.Refusal refusal : plan.refusals()) {
      html.raw("<p class=\"open\"><code>").text(refusal.code()).raw("</code> ");
      html.text(refusal.reason()).raw("<br><b>HINT</b> ").text(refusal.remedy()).raw("</p>");
    }
  }

  private void phase(String title, List<Step> steps) {
    if (steps.isEmpty()) {
      return;
    }
    html.raw("<details><summary>")
        .text("%s: %d %s".formatted(title, steps.size(), steps.size() == 1 ? "step" : "steps"))
        .raw("</summary><ol>");
    for (Step step : steps) {
      html.raw("<li>").text(step.title());
      if (!step.locks().isEmpty()) {
        html.raw("<div class=\"small\">").text("lock: " + step.locks()).raw("</div>");
      }
      html.raw("<pre>").text(step.sql()).raw("</pre></li>");
    }
    html.raw("</ol></details>\n");
  }

  private void list(String title, List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    html.element("h3", title).raw("<ul>");
    lines.forEach(line -> html.element("li", line));
    html.raw("</ul>");
  }

  private void notes() {
    List<String> all = new ArrayList<>(report.timeline().notes());
    report.outcome().ifPresent(outcome -> all.addAll(outcome.notes()));
    if (report.outcome().isEmpty()) {
      report.plan().ifPresent(plan -> all.addAll(plan.notices()));
    }
    List<String> notes = all.stream().distinct().toList();
    if (!notes.isEmpty()) {
      section(
          "Notes",
          () -> {
            html.raw("<ul>");
            notes.forEach(note -> html.element("li", note));
            html.raw("</ul>");
          });
    }
  }

  /// Columns whose names begin with # hold numbers.
  private void head(String... columns) {
    html.raw("<div class=\"wide\"><table><thead><tr>");
    for (String column : columns) {
      if (column.startsWith("#")) {
        html.raw("<th class=\"number\">").text(column.substring(1)).raw("</th>");
      } else {
        html.element("th", column);
      }
    }
    html.raw("</tr></thead><tbody>");
  }

  private void cell(String text) {
    html.element("td", text);
  }

  private void number(String text) {
    html.raw("<td class=\"number\">").text(text).raw("</td>");
  }
}
