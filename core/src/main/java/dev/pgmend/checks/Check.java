package dev.pgmend.checks;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One thing that has to hold, as the file says it.
public sealed interface Check {
  /// {@return what the user calls it; no two checks of a file have one name}
  String name();

  When when();

  /// {@return how long it may take; a check that takes longer has failed}
  Duration timeout();

  /// {@return sql, command or http}
  default String kind() {
    return switch (this) {
      case Query _ -> "sql";
      case Program _ -> "command";
      case Probe _ -> "http";
    };
  }

  /// The moment at which a check is made.
  enum When {
    /// Before the change is committed; a failure leaves everything as it was.
    BEFORE,
    /// On the target when the restore is done; a failure takes the restore back.
    AFTER;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// A query and what it has to answer.
  record Query(String name, When when, Duration timeout, String sql, Expected expected)
      implements Check {}

  /// A command that has to end with an exit code. It finds the target in the `PG*` variables.
  ///
  /// @param words the program and its arguments
  /// @param environment variables that it gets besides
  record Program(
      String name,
      When when,
      Duration timeout,
      List<String> words,
      int exitCode,
      Map<String, String> environment)
      implements Check {
    public Program {
      words = List.copyOf(words);
      environment = Map.copyOf(environment);
    }
  }

  /// A GET request and what has to come back.
  record Probe(
      String name, When when, Duration timeout, URI address, int status, Optional<String> contains)
      implements Check {}

  /// What a query has to answer.
  sealed interface Expected {
    /// One row of one column with this text; empty for NULL.
    record Value(Optional<String> text) implements Expected {}

    /// So many rows.
    record Rows(long count) implements Expected {}

    /// What the same query answers on the server that the rows come from.
    record SameAsSource() implements Expected {}

    /// What it answered when `pgmend checks record` asked it.
    record SameAsRecorded() implements Expected {}
  }
}
