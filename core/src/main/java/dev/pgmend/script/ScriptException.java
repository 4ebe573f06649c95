package dev.pgmend.script;

import org.jspecify.annotations.Nullable;

/// A script that is cut off, or holds what neither pg_dump nor pg_dumpall writes.
public final class ScriptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long offset;
  private final @Nullable String hint;

  ScriptException(long offset, String problem) {
    this(offset, problem, null);
  }

  ScriptException(long offset, String problem, @Nullable String hint) {
    super(problem);
    this.offset = offset;
    this.hint = hint;
  }

  /// {@return where, in bytes from the beginning}
  public long offset() {
    return offset;
  }

  public @Nullable String hint() {
    return hint;
  }
}
