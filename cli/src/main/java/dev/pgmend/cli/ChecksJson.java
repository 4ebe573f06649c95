package dev.pgmend.cli;

import dev.pgmend.checks.CheckResult;
import java.util.List;

/// Writes results of checks for machines; docs/json.md.
final class ChecksJson {
  private ChecksJson() {}

  static void results(Json json, List<CheckResult> results) {
    json.objects(
        "checks",
        results,
        result ->
            json.text("name", result.check().name())
                .text("kind", result.check().kind())
                .text("when", result.check().when().toString())
                .flag("passed", result.passed())
                .text("detail", result.detail())
                .number("milliseconds", result.took().toMillis()));
  }
}
