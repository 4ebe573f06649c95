package dev.pgmend.report;

import dev.pgmend.plan.Step;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RowChange;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes down when a run did what, and tells another of it. May be told things by several threads.
public final class Timeline implements Progress {
  private final Progress next;
  private final InstantSource clock;
  private final Instant began;
  private final List<Phase> phases = new ArrayList<>();
  private final List<Entry> steps = new ArrayList<>();
  private final Map<Thread, Integer> current = new HashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<String, String> found = new HashMap<>();
  private List<RowChange> counted = List.of();
  private long bytes;

  /// @param next who else is told
  public Timeline(Progress next, InstantSource clock) {
    this.next = next;
    this.clock = clock;
    this.began = clock.instant();
  }

  /// A phase of the run.
  ///
  /// @param ended empty for the one in which the run stopped or still is
  public record Phase(String name, Instant began, Optional<Instant> ended) {}

  /// A step of the run, as it was done.
  ///
  /// @param locks what [Step#locks] says
  public record Entry(
      String phase, String title, String locks, Instant began, Optional<Instant> ended) {}

  @Override
  public synchronized void phase(String name) {
    Instant now = clock.instant();
    endPhase(now);
    phases.add(new Phase(name, now, Optional.empty()));
    next.phase(name);
  }

  @Override
  public synchronized void step(Step step) {
    Instant now = clock.instant();
    endStep(Thread.currentThread(), now);
    current.put(Thread.currentThread(), steps.size());
    steps.add(new Entry(phaseName(), step.title(), step.locks(), now, Optional.empty()));
    next.step(step);
  }

  @Override
  public synchronized void loaded(long more) {
    bytes += more;
    next.loaded(more);
  }

  @Override
  public boolean counted(List<RowChange> changes) {
    synchronized (this) {
      counted = List.copyOf(changes);
    }
    return next.counted(changes);
  }

  @Override
  public synchronized void found(Step step, String what) {
    found.put(step.title(), what);
    next.found(step, what);
  }

  /// {@return what a step has found, by its title}
  public synchronized Optional<String> found(String title) {
    return Optional.ofNullable(found.get(title));
  }

  @Override
  public synchronized void note(String text) {
    notes.add(text);
    next.note(text);
  }

  private String phaseName() {
    return phases.isEmpty() ? "" : phases.getLast().name();
  }

  private void endStep(Thread thread, Instant now) {
    Integer at = current.remove(thread);
    if (at != null) {
      Entry step = steps.get(at);
      steps.set(
          at, new Entry(step.phase(), step.title(), step.locks(), step.began(), Optional.of(now)));
    }
  }

  private void endPhase(Instant now) {
    List.copyOf(current.keySet()).forEach(thread -> endStep(thread, now));
    if (!phases.isEmpty()) {
      Phase last = phases.removeLast();
      phases.add(new Phase(last.name(), last.began(), Optional.of(now)));
    }
  }

  /// Says that the run has come to its end.
  public synchronized void ended() {
    endPhase(clock.instant());
  }

  public Instant began() {
    return began;
  }

  public synchronized List<Phase> phases() {
    return List.copyOf(phases);
  }

  /// {@return the steps in the order in which they were begun; a cutover that was tried again shows them again}
  public synchronized List<Entry> steps() {
    return List.copyOf(steps);
  }

  /// {@return the rows that were to change, as they were counted beforehand}
  public synchronized List<RowChange> counted() {
    return counted;
  }

  public synchronized List<String> notes() {
    return List.copyOf(notes);
  }

  /// {@return how many bytes of rows were read from the backup}
  public synchronized long bytes() {
    return bytes;
  }
}
