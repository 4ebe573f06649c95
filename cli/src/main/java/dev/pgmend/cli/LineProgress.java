package dev.pgmend.cli;

import dev.pgmend.plan.Step;
import dev.pgmend.run.Progress;
import java.io.PrintWriter;

/// Progress as plain lines.
final class LineProgress implements Progress {
  private static final long MEGABYTE = 1 << 20;

  private final PrintWriter out;
  private final boolean verbose;
  private long bytes;
  private long told;

  LineProgress(PrintWriter out, boolean verbose) {
    this.out = out;
    this.verbose = verbose;
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
  public void note(String text) {
    out.println("  " + Printable.of(text));
    out.flush();
  }
}
