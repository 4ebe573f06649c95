package dev.pgmend.run;

import dev.pgmend.postgres.Session;

/// What has to hold before a cutover commits. Asked on the run's own thread; whatever it throws ends the run with nothing changed.
public interface Gate {
  /// A gate that lets everything pass.
  Gate OPEN = new Gate() {};

  /// Everything is staged and verified. Nothing that anyone uses has changed, and no lock is held.
  default void beforeCutover() {}

  /// The cutover's statements have run and are not committed: the session sees the tables as they are going to be, everybody else as they
  /// were. The cutover's locks are held. May be called again, if the cutover has to be tried again.
  default void beforeCommit(Session session) {}
}
