package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.report.RunReport;
import dev.pgmend.run.ProofFailure;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Failures, as they are reported: with their stable code, the state of the target and what to type next.
final class Failures {
  private Failures() {}

  /// What a message may say itself about the target.
  private static final Pattern STATE =
      Pattern.compile(
          "the target (?:is|was) (?:unchanged|as it was before|not touched)|nothing was (?:changed|touched)|so it stands|the restore is done");

  /// {@return what became of the target: in the message's own words, if it says so}
  private static String state(PgmendException failure) {
    Matcher said = STATE.matcher(String.valueOf(failure.getMessage()));
    return said.find() ? said.group() : failure.kind().state();
  }

  static RunReport.Failure of(Throwable failure) {
    if (failure instanceof PgmendException known) {
      return new RunReport.Failure(
          known.code(),
          known.kind() == Kind.INTERRUPTED ? Signals.status() : known.kind().exitCode(),
          String.valueOf(known.getMessage()),
          Objects.requireNonNullElse(known.hint(), known.kind().hint()),
          state(known),
          ProofFailure.rows(known));
    }
    return new RunReport.Failure(
        Kind.BUG.code(),
        Kind.BUG.exitCode(),
        "internal error: " + failure,
        Kind.BUG.hint(),
        Kind.BUG.state());
  }
}
