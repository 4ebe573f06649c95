package dev.pgmend.cli;

import dev.pgmend.journal.Journal.Proved;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.report.ClosureGraph;
import dev.pgmend.report.RunReport;
import dev.pgmend.report.Timeline;
import dev.pgmend.run.Outcome;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Writes what a run did for machines; docs/json.md.
final class ReportJson {
  private ReportJson() {}

  static void write(Writer out, RunReport report) {
    Json.write(out, json -> content(json, report));
  }

  private static void content(Json json, RunReport report) {
    Optional<Outcome> outcome = report.outcome();
    json.text("result", report.result().name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .text("program", report.program())
        .text("target", report.target())
        .text("source", report.source())
        .text("run", report.plan().map(plan -> plan.run()).orElse(null))
        .text("began", report.began().toString())
        .text("ended", report.ended().toString());
    failure(json, report);
    json.flag("whole", outcome.map(Outcome::whole).orElse(false))
        .number("lockedMilliseconds", outcome.map(one -> one.locked().toMillis()).orElse(0L))
        .number("bytes", report.timeline().bytes())
        .objects(
            "tables",
            outcome.map(Outcome::proofs).orElse(List.of()),
            proof -> table(json, proof, outcome.orElseThrow()));
    times(json, report);
    ChecksJson.results(json, report.checks());
    json.texts("open", outcome.map(Outcome::open).orElse(List.of()))
        .texts("notes", outcome.map(Outcome::notes).orElse(report.timeline().notes()))
        .objects(
            "commands",
            report.commands(),
            command -> json.text("purpose", command.purpose()).text("line", command.line()));
    graph(json, report);
    if (report.plan().isPresent()) {
      json.object(
          "plan",
          object -> PlanJson.content(object, report.plan().get(), report.timeline().counted()));
    } else {
      json.nothing("plan");
    }
  }

  private static void failure(Json json, RunReport report) {
    if (report.failure().isPresent()) {
      json.object("failure", object -> failure(object, report.failure().get()));
    } else {
      json.nothing("failure");
    }
  }

  /// Writes a failure into the current object.
  static void failure(Json json, RunReport.Failure failure) {
    json.text("code", failure.code())
        .number("exitCode", failure.exitCode())
        .text("message", failure.message())
        .text("hint", failure.hint())
        .text("state", failure.state());
    if (failure.rows().isPresent()) {
      json.object("rows", object -> rows(object, failure.rows().get()));
    } else {
      json.nothing("rows");
    }
  }

  private static void rows(Json json, DifferingRows rows) {
    json.name(rows.table())
        .texts("key", rows.key())
        .flag("complete", rows.complete())
        .number("missing", rows.missing())
        .number("changed", rows.changed())
        .number("extra", rows.extra())
        .objects(
            "samples",
            rows.samples(),
            sample ->
                json.text("kind", sample.kind().toString())
                    .text("row", sample.row())
                    .texts("columns", sample.columns()));
  }

  private static void table(Json json, Proved proof, Outcome outcome) {
    Optional<Outcome.Change> change =
        outcome.changes().stream()
            .filter(one -> one.table().equals(proof.table().sql()))
            .findFirst();
    json.name(proof.table())
        .number("rows", proof.rows())
        .text("hash", proof.shown())
        .number("restored", change.map(Outcome.Change::restored).orElse(0L))
        .number("changed", change.map(Outcome.Change::changed).orElse(0L))
        .number("removed", change.map(Outcome.Change::removed).orElse(0L))
        .text("exception", outcome.exceptions().get(proof.table()));
  }

  private static void times(Json json, RunReport report) {
    json.objects(
            "phases",
            report.timeline().phases(),
            phase ->
                json.text("name", phase.name())
                    .text("began", phase.began().toString())
                    .number("milliseconds", milliseconds(phase.began(), phase.ended(), report))
                    .flag(
                        "complete",
                        phase.ended().isPresent() && report.failure().isEmpty()
                            || phase.ended().isPresent() && !last(phase, report)))
        .objects(
            "steps",
            report.timeline().steps(),
            step ->
                json.text("phase", step.phase())
                    .text("title", step.title())
                    .text("locks", step.locks().isEmpty() ? null : step.locks())
                    .text("began", step.began().toString())
                    .number("milliseconds", milliseconds(step.began(), step.ended(), report))
                    .text("found", report.timeline().found(step.title()).orElse(null)));
  }

  private static boolean last(Timeline.Phase phase, RunReport report) {
    return phase.equals(report.timeline().phases().getLast());
  }

  private static long milliseconds(Instant began, Optional<Instant> ended, RunReport report) {
    return Duration.between(began, ended.orElse(report.ended())).toMillis();
  }

  private static void graph(Json json, RunReport report) {
    if (report.graph().isEmpty()) {
      json.nothing("graph");
      return;
    }
    ClosureGraph graph = report.graph().get();
    json.object(
        "graph",
        object ->
            object
                .objects(
                    "nodes",
                    graph.nodes(),
                    node ->
                        object
                            .number("id", node.id())
                            .text("label", node.label())
                            .text("role", node.role().name().toLowerCase(Locale.ROOT))
                            .number("belongings", node.belongings()))
                .objects(
                    "edges",
                    graph.edges(),
                    edge -> object.number("from", edge.from()).number("to", edge.to()))
                .number("left", graph.left()));
  }
}
