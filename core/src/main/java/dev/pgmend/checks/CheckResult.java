package dev.pgmend.checks;

import java.time.Duration;

/// How a check ended.
///
/// @param detail what was found, in words: of a failed check also what was expected
public record CheckResult(Check check, boolean passed, String detail, Duration took) {
  /// {@return the result, for people}
  @Override
  public String toString() {
    return "%s (%s): %s".formatted(check.name(), check.when(), detail);
  }
}
