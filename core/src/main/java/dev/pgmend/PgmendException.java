package dev.pgmend;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The one error that pgmend's library throws on purpose. The message says what happened, to which object, in which file at
/// which offset, and in what state the target was left; the hint is the next command to type. Anything else that escapes is
/// a bug.
public class PgmendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final @Nullable String hint;

  public PgmendException(Kind kind, String message) {
    this(kind, message, null, null);
  }

  public PgmendException(Kind kind, String message, @Nullable String hint) {
    this(kind, message, hint, null);
  }

  public PgmendException(
      Kind kind, String message, @Nullable String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind is null");
    this.hint = hint;
  }

  /// {@return the kind of failure, which decides the exit code}
  public Kind kind() {
    return kind;
  }

  /// {@return the stable code by which docs/errors.md explains the failure}
  public String code() {
    return kind.code();
  }

  /// {@return the next thing to do, in a full sentence, or null}
  public @Nullable String hint() {
    return hint;
  }

  /// What went wrong, in the coarse terms that a script can act on. The exit codes are stable.
  public enum Kind {
    /// The request makes no sense: unknown option, unknown table, contradictory choices.
    USAGE(
        2,
        "the request makes no sense",
        "the target is unchanged",
        "pgmend help COMMAND lists what a command takes."),
    /// The backup cannot be used: missing, corrupt, truncated, too new.
    SOURCE(
        3,
        "the backup cannot be used",
        "the target is unchanged",
        "pgmend inspect FILE tells what the backup holds."),
    /// The target cannot be reached or refused the session.
    CONNECTION(
        4,
        "no connection to the target",
        "the target is unchanged, unless the message says otherwise",
        "Run it again; pgmend status says where the runs stand."),
    /// The plan refuses; nothing was changed.
    REFUSED(5, "refused", "the target is unchanged", "pgmend plan shows what stands in the way."),
    /// A lock was not to be had in the time allowed; nothing was changed.
    LOCKED(
        6,
        "a lock was not to be had",
        "the target is unchanged",
        "Try again, or allow more time with --max-block."),
    /// What is there is not what was asked for; found before the cutover, nothing was changed.
    MISMATCH(
        7,
        "a difference was found",
        "the target is unchanged",
        "pgmend diff shows which rows differ."),
    /// The target failed a statement; nothing was changed.
    TARGET(
        8,
        "the server failed a statement",
        "the target is unchanged",
        "The message has the server's words and the statement; pgmend plan -v shows the step that it belongs to."),
    /// The table is back, but something that was asked for is still open: a foreign key that could not be validated.
    UNSETTLED(
        9,
        "the tables are back, a foreign key is still NOT VALID",
        "the tables are back; a foreign key is NOT VALID",
        "pgmend resume validates what is left."),
    /// A check of the user failed: nothing was changed, or what was changed was taken back.
    CHECK(
        10,
        "a check of the user failed",
        "the target is as it was before, unless the message says otherwise",
        "pgmend checks run makes the checks alone."),
    /// Someone asked pgmend to stop; what was not committed is rolled back.
    INTERRUPTED(
        130,
        "interrupted",
        "what was not committed is rolled back",
        "pgmend status says where the runs stand."),
    /// A defect of pgmend itself.
    BUG(
        70,
        "a defect of pgmend",
        "unknown",
        "pgmend status says where the runs stand; report the stack trace.");

    private final int exitCode;
    private final String meaning;
    private final String state;
    private final String hint;

    Kind(int exitCode, String meaning, String state, String hint) {
      this.exitCode = exitCode;
      this.meaning = meaning;
      this.state = state;
      this.hint = hint;
    }

    /// {@return the stable code of failures that have no narrower one}
    public String code() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    /// {@return what happened, in a few words}
    public String meaning() {
      return meaning;
    }

    /// {@return what became of the target, in words}
    public String state() {
      return state;
    }

    /// {@return what to do next where a failure says nothing better}
    public String hint() {
      return hint;
    }

    /// {@return the process exit code for this kind}
    public int exitCode() {
      return exitCode;
    }
  }
}
