package dev.pgmend.cli;

import dev.pgmend.postgres.ConnectionTarget;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/// The options about what is told while a command works.
final class ProgressOptions {
  @Option(
      names = {"-v", "--verbose"},
      description = "Name every step as it is done.")
  private boolean verbose;

  @Option(
      names = {"-q", "--quiet"},
      description = "Tell nothing while it goes on; results and failures are still told.")
  private boolean quiet;

  /// {@return where progress is told: on a terminal in lines that are kept up to date, elsewhere in lines with their time}
  ProgressView open(PrintWriter err, ConnectionTarget server) {
    if (quiet) {
      return new QuietProgress();
    }
    return verbose || !Terminal.isThere()
        ? new LineProgress(err, verbose, java.time.InstantSource.system())
        : TerminalProgress.start(err, server);
  }
}
