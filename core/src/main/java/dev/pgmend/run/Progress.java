package dev.pgmend.run;

import dev.pgmend.plan.Step;
import java.util.List;

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

  /// The rows that a mend would change were counted; nothing has changed yet.
  ///
  /// @param changes of each table that is mended
  /// @return whether to go on: if not, what was staged is removed, and the run ends
  default boolean counted(List<RowChange> changes) {
    return true;
  }

  /// What a step has counted or compared, in words.
  default void found(Step step, String what) {}

  /// Something that the user should know and that changes nothing about the outcome.
  default void note(String text) {}
}
