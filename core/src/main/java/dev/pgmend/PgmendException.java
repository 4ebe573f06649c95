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

  /// {@return the next thing to do, in a full sentence, or null}
  public @Nullable String hint() {
    return hint;
  }

  /// What went wrong, in the coarse terms that a script can act on. The exit codes are stable.
  public enum Kind {
    /// The request makes no sense: unknown option, unknown table, contradictory choices.
    USAGE(2),
    /// The backup cannot be used: missing, corrupt, truncated, too new.
    SOURCE(3),
    /// The target cannot be reached or refused the session.
    CONNECTION(4),
    /// The plan refuses; nothing was changed.
    REFUSED(5),
    /// A lock was not to be had in the time allowed; nothing was changed.
    LOCKED(6),
    /// What is there is not what was asked for; found before the cutover, nothing was changed.
    MISMATCH(7),
    /// The target failed a statement; nothing was changed.
    TARGET(8),
    /// The table is back, but something that was asked for is still open: a foreign key that could not be validated.
    UNSETTLED(9),
    /// Someone asked pgmend to stop; what was not committed is rolled back.
    INTERRUPTED(130),
    /// A defect of pgmend itself.
    BUG(70);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /// {@return the process exit code for this kind}
    public int exitCode() {
      return exitCode;
    }
  }
}
