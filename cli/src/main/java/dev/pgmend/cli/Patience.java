package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.live.SourceConflict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/// A command whose source is a standby that had to take away what was being read is run again, some times: nothing has changed yet,
/// and its snapshot is gone.
final class Patience {
  private static final List<Duration> PAUSES =
      List.of(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(15));

  private Patience() {}

  /// How a command has ended.
  ///
  /// @param status its exit code, if it has not failed
  record Ended(Optional<Exception> failure, int status) {}

  /// A command that has more to say of a failure than its message, once it is not run again.
  interface Repeated {
    /// {@return what to report of the last failure}
    Exception gaveUp(SourceConflict failure);
  }

  /// Runs a command again that has failed, if waiting can help.
  static Ended withStandby(Exception failure, CommandLine command) {
    Exception last = failure;
    for (Duration pause : PAUSES) {
      if (!(last instanceof SourceConflict) || !(command.getCommand() instanceof Callable<?> run)) {
        break;
      }
      command
          .getErr()
          .printf(
              "NOTE: %s; trying again in %d s, with a new snapshot%n",
              Printable.of(String.valueOf(last.getMessage())), pause.toSeconds());
      command.getErr().flush();
      try {
        sleep(pause);
        // Until the command is where it was, the process may end at once.
        Signals.nothingBegun();
        return new Ended(Optional.empty(), run.call() instanceof Integer status ? status : 0);
      } catch (Exception e) {
        last = e;
      }
    }
    if (last instanceof SourceConflict conflict && command.getCommand() instanceof Repeated one) {
      last = one.gaveUp(conflict);
    }
    return new Ended(Optional.of(last), 0);
  }

  private static void sleep(Duration pause) {
    Thread sleeper = Thread.currentThread();
    try (Signals _ = Signals.interrupt(sleeper::interrupt)) {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      throw new PgmendException(
          Kind.INTERRUPTED,
          "interrupted before the source was read again; the target is unchanged",
          null,
          e);
    }
  }
}
