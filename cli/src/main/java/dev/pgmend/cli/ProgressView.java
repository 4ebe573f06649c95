package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.plan.Plan;
import dev.pgmend.run.Progress;
import java.util.function.Supplier;

/// Shows progress to people, until it is closed.
interface ProgressView extends Progress, AutoCloseable {
  /// Says what is to come, so that it can be told how far it is.
  default void expect(Archive archive, Plan plan) {}

  /// A check was made.
  default void checked(CheckResult result) {}

  /// Says what is to be asked when it is known which rows would change.
  default void asking(Supplier<Boolean> question) {}

  /// Shows nothing more; what is written from now on is not disturbed.
  default void stop() {}

  @Override
  default void close() {
    stop();
  }
}
