package dev.pgmend.run;

import dev.pgmend.plan.Step;

/// Told what a run is doing. Called on the run's own thread; must return soon.
public interface Progress {
  /// A progress that nobody watches.
  Progress NONE = new Progress() {};

  /// The run enters a phase: stage, load, build, verify, cutover, settle, undo.
  default void phase(String name) {}

  /// The run begins a step.
  default void step(Step step) {}

  /// So many more bytes of COPY text were read from the backup.
  default void loaded(long bytes) {}

  /// Something that the user should know and that changes nothing about the outcome.
  default void note(String text) {}
}
