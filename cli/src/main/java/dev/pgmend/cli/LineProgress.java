package dev.pgmend.cli;

import dev.pgmend.checks.CheckResult;
import dev.pgmend.plan.Step;
import dev.pgmend.run.RowChange;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Progress as plain lines, each with its time, for logs. May be told things by several threads.
final class LineProgress implements ProgressView {
  private static final long MEGABYTE = 1_000_000;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private final PrintWriter out;
  private final boolean verbose;
  private final InstantSource clock;
  private Supplier<Boolean> question = () -> true;
  private long bytes;
  private long told;

  /// @param verbose whether every step is named
  LineProgress(PrintWriter out, boolean verbose, InstantSource clock) {
    this.out = out;
    this.verbose = verbose;
    this.clock = clock;
  }

  LineProgress(PrintWriter out, boolean verbose) {
    this(out, verbose, InstantSource.system());
  }

  private synchronized void line(String text) {
    out.println(TIME.format(clock.instant()) + " " + Printable.of(text));
    out.flush();
  }

  @Override
  public void phase(String name) {
    line(name + " ...");
  }

  @Override
  public void step(Step step) {
    if (verbose) {
      line("  " + step.title());
    }
  }

  @Override
  public synchronized void loaded(long more) {
    bytes += more;
    if (bytes - told >= 100 * MEGABYTE) {
      told = bytes;
      line("  %d MB of rows read".formatted(bytes / MEGABYTE));
    }
  }

  @Override
  public void asking(Supplier<Boolean> asked) {
    question = asked;
  }

  @Override
  public boolean counted(List<RowChange> changes) {
    return changes.isEmpty() || question.get();
  }

  @Override
  public void checked(CheckResult result) {
    line((result.passed() ? "  ok " : "  FAILED ") + result);
  }

  @Override
  public void note(String text) {
    line("  " + text);
  }
}
