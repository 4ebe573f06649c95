package dev.pgmend.cli;

import dev.pgmend.plan.Step;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RowChange;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Supplier;

/// Progress as plain lines.
final class LineProgress implements Progress {
  private static final long MEGABYTE = 1 << 20;

  private final PrintWriter out;
  private final boolean verbose;
  private final Supplier<Boolean> question;
  private long bytes;
  private long told;

  /// @param question asked when it is known which rows would change
  LineProgress(PrintWriter out, boolean verbose, Supplier<Boolean> question) {
    this.out = out;
    this.verbose = verbose;
    this.question = question;
  }

  LineProgress(PrintWriter out, boolean verbose) {
    this(out, verbose, () -> true);
  }

  @Override
  public void phase(String name) {
    out.println(name + " ...");
    out.flush();
  }

  @Override
  public void step(Step step) {
    if (verbose) {
      out.println("  " + Printable.of(step.title()));
      out.flush();
    }
  }

  @Override
  public void loaded(long more) {
    bytes += more;
    if (bytes - told >= 100 * MEGABYTE) {
      told = bytes;
      out.println("  %d MB of rows read".formatted(bytes / MEGABYTE));
      out.flush();
    }
  }

  @Override
  public boolean counted(List<RowChange> changes) {
    return changes.isEmpty() || question.get();
  }

  @Override
  public void note(String text) {
    out.println("  " + Printable.of(text));
    out.flush();
  }
}
