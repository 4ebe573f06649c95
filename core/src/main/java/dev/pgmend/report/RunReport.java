package dev.pgmend.report;

import dev.pgmend.checks.CheckResult;
import dev.pgmend.load.DifferingRows;
import dev.pgmend.plan.Plan;
import dev.pgmend.run.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Everything that is to be said about a run, also of one that failed.
///
/// @param program the name and version of the program
/// @param target the database, without secrets
/// @param source the backup, without secrets
/// @param plan empty if none was made
/// @param outcome empty if the run did not come so far; there, too, if a check had it taken back
/// @param failure why it ended otherwise than it should; empty if it did not
/// @param graph what hangs together with the tables; empty if that is not known
/// @param commands what to type next: how to take it back, and how to forget it
public record RunReport(
    String program,
    String target,
    String source,
    Instant began,
    Instant ended,
    Optional<Plan> plan,
    Optional<Outcome> outcome,
    Optional<Failure> failure,
    Timeline timeline,
    List<CheckResult> checks,
    Optional<ClosureGraph> graph,
    List<Command> commands) {

  public RunReport {
    checks = List.copyOf(checks);
    commands = List.copyOf(commands);
  }

  /// Why a run failed.
  ///
  /// @param code the stable code of docs/errors.md
  /// @param state what became of the target
  /// @param rows the rows that differ, where that is why and they were found
  public record Failure(
      String code,
      int exitCode,
      String message,
      String hint,
      String state,
      Optional<DifferingRows> rows) {
    /// A failure that is not about rows.
    public Failure(String code, int exitCode, String message, String hint, String state) {
      this(code, exitCode, message, hint, state, Optional.empty());
    }
  }

  /// A command line.
  ///
  /// @param purpose what it is for
  public record Command(String purpose, String line) {}

  /// How a run ended.
  public enum Result {
    DONE("done", "The tables are back, and it is proved."),
    NOTHING_TO_DO("nothing to do", "The tables were what the backup says already."),
    UNSETTLED("not settled", "The tables are back; a foreign key is still NOT VALID."),
    REFUSED("refused", "Nothing was changed."),
    CHECK_FAILED("a check failed", "A check of the user failed."),
    FAILED("failed", "The run did not come to its end.");

    private final String words;
    private final String meaning;

    Result(String words, String meaning) {
      this.words = words;
      this.meaning = meaning;
    }

    /// {@return the result in one or two words}
    public String words() {
      return words;
    }

    public String meaning() {
      return meaning;
    }

    /// {@return whether nobody has to do anything about it}
    public boolean good() {
      return this == DONE || this == NOTHING_TO_DO;
    }
  }

  public Result result() {
    if (failure.isPresent()) {
      return switch (failure.get().exitCode()) {
        case 5 -> Result.REFUSED;
        case 9 -> Result.UNSETTLED;
        case 10 -> Result.CHECK_FAILED;
        default -> Result.FAILED;
      };
    }
    return switch (outcome.map(Outcome::status).orElse(Outcome.Status.NOTHING_TO_DO)) {
      case DONE -> Result.DONE;
      case NOTHING_TO_DO -> Result.NOTHING_TO_DO;
      case UNSETTLED -> Result.UNSETTLED;
    };
  }
}
