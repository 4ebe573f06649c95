package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Says of a failure that it is the source's, and not the target's.
final class SourceFailure {
  private static final Pattern DENIED =
      Pattern.compile("permission denied for (?:table|sequence|relation|schema|large object) \\S+");

  private static final String CONFLICT =
      "It is a standby, and what it replays takes away rows that are being read: set hot_standby_feedback = on or a larger max_standby_streaming_delay there, pause it with pg_wal_replay_pause(), or read from the primary; or try again.";

  private SourceFailure() {}

  static PgmendException connecting(String source, PgmendException e) {
    return new PgmendException(
        e.kind(),
        "the source %s: %s".formatted(source, e.getMessage()),
        e.kind() == Kind.CONNECTION
            ? "Check the address and the credentials of --from; nothing was touched."
            : e.hint(),
        e);
  }

  /// @param what what was being read
  /// @param standby whether the source is one: it also ends connections for what it replays, and the driver may not hear why
  static PgmendException of(String source, String what, boolean standby, PgmendException e) {
    if (!(e instanceof SqlFailure failure)) {
      return e;
    }
    if (isConflict(failure)) {
      String detail = failure.detail();
      return new SourceConflict(
          "%s: cannot read %s: %s%s"
              .formatted(
                  source,
                  what,
                  failure.serverMessage(),
                  detail.isEmpty() ? "" : " (" + detail + ")"),
          CONFLICT,
          e);
    }
    if (standby && failure.kind() == Kind.CONNECTION) {
      return ended(source, what, e);
    }
    return new PgmendException(
        Kind.SOURCE,
        "%s: cannot read %s: %s".formatted(source, what, failure.serverMessage()),
        hint(failure),
        e);
  }

  /// A standby has ended a connection: what it says of that may be lost with what it had still to send.
  static SourceConflict ended(String source, String what, @Nullable PgmendException e) {
    return new SourceConflict(
        "%s: cannot read %s: the standby ended the connection, as it does in a conflict with recovery"
            .formatted(source, what),
        CONFLICT,
        e);
  }

  private static @Nullable String hint(SqlFailure failure) {
    return switch (failure.sqlState()) {
      case SqlState.LOCK_NOT_AVAILABLE ->
          "Somebody holds an exclusive lock on it, or waits for one; try again when that is over.";
      case SqlState.INSUFFICIENT_PRIVILEGE ->
          failure.serverMessage().contains("row-level security")
              ? "Row-level security would hide rows from this role: connect to the source as the table's owner or a role with BYPASSRLS."
              : "Connect to the source as a role that may read it.";
      default -> failure.hint();
    };
  }

  /// {@return whether a standby had to cancel it, so that it may well succeed at another time}
  private static boolean isConflict(SqlFailure failure) {
    return failure.serverMessage().contains("conflict with recovery");
  }

  /// @param words what pg_dump said
  static PgmendException dumping(String source, String words, PgmendException e) {
    Matcher denied = DENIED.matcher(words);
    String hint = null;
    if (denied.find()) {
      hint = "Connect to the source as a role that may read it: " + denied.group() + ".";
    } else if (words.contains("lock timeout")) {
      hint =
          "pg_dump locks every table for a moment (ACCESS SHARE), and one of them is held exclusively; try again when that is over.";
    } else if (words.contains("conflict with recovery")) {
      return new SourceConflict(
          "%s: cannot read its definitions: %s".formatted(source, words), CONFLICT, e);
    }
    return new PgmendException(
        Kind.SOURCE, "%s: cannot read its definitions: %s".formatted(source, words), hint, e);
  }
}
