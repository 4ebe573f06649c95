package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.checks.CheckResult;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.run.Blockers;
import dev.pgmend.run.RowChange;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Progress on a terminal: a line for each worker, and one for the whole, redrawn several times a second. What is worth keeping is written
/// above them.
final class TerminalProgress implements ProgressView {
  private static final long REDRAW = 200;
  private static final long LOOK = 2_000;

  private final PrintWriter out;
  private final Blockers blockers;
  private final Thread painter;
  private final Map<Thread, Worker> workers = new LinkedHashMap<>();
  private final long began = System.nanoTime();
  private Supplier<Boolean> question = () -> true;
  private String phase = "";
  private List<String> blocked = List.of();
  private Estimate estimate = Estimate.UNKNOWN;
  private long bytes;
  private long loadingSince;
  private int drawn;
  private boolean paused;
  private volatile boolean closed;

  /// What a thread is doing.
  private static final class Worker {
    private String title = "";
    private long since = System.nanoTime();
    private long bytes;
  }

  private TerminalProgress(PrintWriter out, ConnectionTarget server) {
    this.out = out;
    this.blockers = new Blockers(server);
    this.painter = Thread.ofPlatform().daemon().name("progress").unstarted(this::paint);
  }

  static TerminalProgress start(PrintWriter out, ConnectionTarget server) {
    TerminalProgress progress = new TerminalProgress(out, server);
    progress.painter.start();
    return progress;
  }

  @Override
  public synchronized void expect(Archive archive, Plan plan) {
    estimate = Estimate.of(archive, plan);
  }

  private Worker worker() {
    return workers.computeIfAbsent(Thread.currentThread(), _ -> new Worker());
  }

  @Override
  public synchronized void phase(String name) {
    if (!phase.isEmpty()) {
      keep("%s done".formatted(phase));
    }
    phase = name;
    workers.clear();
    if (name.equals("load")) {
      loadingSince = System.nanoTime();
    }
  }

  @Override
  public synchronized void step(Step step) {
    Worker worker = worker();
    worker.title = step.title();
    worker.since = System.nanoTime();
    worker.bytes = 0;
  }

  @Override
  public synchronized void loaded(long more) {
    bytes += more;
    worker().bytes += more;
  }

  @Override
  public void asking(Supplier<Boolean> asked) {
    question = asked;
  }

  @Override
  public boolean counted(List<RowChange> changes) {
    synchronized (this) {
      erase();
      paused = true;
    }
    try {
      return changes.isEmpty() || question.get();
    } finally {
      synchronized (this) {
        paused = false;
      }
    }
  }

  @Override
  public synchronized void checked(CheckResult result) {
    keep((result.passed() ? "ok     " : "FAILED ") + result);
  }

  @Override
  public synchronized void note(String text) {
    keep(text);
  }

  /// Writes a line that stays.
  private void keep(String text) {
    erase();
    out.println(Printable.of(text));
    out.flush();
  }

  private void erase() {
    if (drawn > 0) {
      out.print("\r\u001b[%dA\u001b[J".formatted(drawn));
      out.flush();
      drawn = 0;
    }
  }

  private void paint() {
    long looked = System.nanoTime();
    while (!closed) {
      try {
        Thread.sleep(REDRAW);
      } catch (InterruptedException e) {
        return;
      }
      if ((System.nanoTime() - looked) / 1_000_000 > LOOK) {
        List<String> found = blockers.now();
        looked = System.nanoTime();
        synchronized (this) {
          blocked = found;
        }
      }
      synchronized (this) {
        if (!closed && !paused && !phase.isEmpty()) {
          draw();
        }
      }
    }
  }

  private void draw() {
    List<String> lines = new ArrayList<>();
    workers.values().forEach(worker -> lines.add("  " + line(worker)));
    blocked.forEach(who -> lines.add("  waits for " + who));
    lines.add(total());
    erase();
    int width = Terminal.width() - 1;
    for (int i = 0; i < lines.size(); i++) {
      String line = cut(Printable.of(lines.get(i)), width);
      out.println(i == lines.size() - 1 ? bold(line) : line);
    }
    drawn = lines.size();
    out.flush();
  }

  private static String line(Worker worker) {
    double seconds = Math.max(0.001, (System.nanoTime() - worker.since) / 1e9);
    String done =
        worker.bytes == 0
            ? ""
            : "  %s  %s/s"
                .formatted(
                    ByteCount.of(worker.bytes), ByteCount.of((long) (worker.bytes / seconds)));
    return worker.title + done;
  }

  private String total() {
    StringBuilder line = new StringBuilder(phase);
    if (phase.equals("load") && bytes > 0) {
      double seconds = Math.max(0.001, (System.nanoTime() - loadingSince) / 1e9);
      line.append("  ").append(ByteCount.of(bytes)).append(" of rows, ");
      line.append(ByteCount.of((long) (bytes / seconds))).append("/s");
      estimate
          .left(bytes, seconds)
          .ifPresent(left -> line.append(", about ").append(Estimate.words(left)).append(" left"));
    }
    line.append("  ").append(Estimate.words((System.nanoTime() - began) / 1_000_000_000));
    return line.toString();
  }

  private static String bold(String text) {
    return Terminal.colours() ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  private static String cut(String line, int width) {
    return line.length() <= width ? line : line.substring(0, width - 1) + "…";
  }

  @Override
  public void stop() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      erase();
    }
    painter.interrupt();
    blockers.close();
  }
}
