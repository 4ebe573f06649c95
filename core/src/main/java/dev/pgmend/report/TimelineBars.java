package dev.pgmend.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Draws when what was done, and which locks were held meanwhile.
final class TimelineBars {
  private final Html html;
  private final RunReport report;

  TimelineBars(Html html, RunReport report) {
    this.html = html;
    this.report = report;
  }

  /// A line of the picture.
  private record Bar(String label, String kind, Instant from, Instant to, String note) {}

  void draw() {
    List<Bar> bars = new ArrayList<>();
    report.timeline().phases().stream()
        .findFirst()
        .ifPresent(first -> bars.add(planning(report.timeline().began(), first.began())));
    for (Timeline.Phase phase : report.timeline().phases()) {
      Instant end = phase.ended().orElse(report.ended());
      bars.add(
          new Bar(
              phase.name(),
              phase.name().equals("cutover") ? "cutover" : "phase",
              phase.began(),
              end,
              Words.span(Duration.between(phase.began(), end))
                  + (phase.ended().isEmpty() ? ", stopped here" : "")));
    }
    if (bars.isEmpty()) {
      html.element("p", "The run did not begin.");
      return;
    }
    html.raw("<div class=\"bars\">");
    bars(bars, report.timeline().began(), report.ended());
    html.raw("</div>");
    locks();
  }

  private static Bar planning(Instant from, Instant to) {
    return new Bar("plan", "phase", from, to, Words.span(Duration.between(from, to)));
  }

  /// A lock of the cutover is held from its step to the end of the transaction.
  private void locks() {
    Map<String, Bar> locks = new LinkedHashMap<>();
    Instant first = Instant.MAX;
    Instant last = Instant.MIN;
    for (Timeline.Phase phase : report.timeline().phases()) {
      if (!phase.name().equals("cutover")) {
        continue;
      }
      Instant end = phase.ended().orElse(report.ended());
      Instant start =
          report
              .outcome()
              .map(outcome -> end.minus(outcome.locked()))
              .filter(begun -> begun.isAfter(phase.began()))
              .orElse(phase.began());
      first = start;
      last = end;
      for (Timeline.Entry step : report.timeline().steps()) {
        boolean within =
            step.phase().equals("cutover")
                && !step.began().isBefore(start)
                && !step.locks().isEmpty()
                && !step.locks().endsWith("the staged table");
        if (within) {
          locks.putIfAbsent(
              step.locks(),
              new Bar(
                  step.locks(),
                  "lock",
                  step.began(),
                  end,
                  "at most " + Words.span(Duration.between(step.began(), end))));
        }
      }
    }
    if (locks.isEmpty()) {
      return;
    }
    html.element("h3", "Locks of the cutover on what others use");
    html.raw("<div class=\"bars locks\">");
    bars(List.copyOf(locks.values()), first, last);
    html.raw("</div>");
    html.element(
        "p class=\"small\"",
        "A bar begins with the first step that needs the lock and ends with the transaction. The cutover may have taken the lock a moment earlier, at its own beginning: its whole length, above, is the upper bound.");
  }

  private void bars(List<Bar> bars, Instant from, Instant to) {
    double whole = Math.max(1, Duration.between(from, to).toNanos());
    for (Bar bar : bars) {
      double left = 100 * Duration.between(from, bar.from()).toNanos() / whole;
      double width = Math.max(0.4, 100 * Duration.between(bar.from(), bar.to()).toNanos() / whole);
      left = Math.max(0, Math.min(left, 99.6));
      html.raw("<div class=\"bar\"><span class=\"label\">").text(bar.label()).raw("</span>");
      html.raw(
          "<span class=\"track\"><i class=\"%s\" style=\"left:%s%%;width:%s%%\"></i></span>"
              .formatted(bar.kind(), Html.number(left), Html.number(Math.min(width, 100 - left))));
      html.raw("<span class=\"note\">").text(bar.note()).raw("</span></div>");
    }
  }
}
