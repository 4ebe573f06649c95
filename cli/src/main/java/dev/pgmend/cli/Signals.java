package dev.pgmend.cli;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Ctrl-C and SIGTERM while a command works on a server: the work is interrupted, which rolls back and cleans up, and the process ends
/// when it has said so. The virtual machine then exits with 128 and the signal's number.
final class Signals implements AutoCloseable {
  private static final long PATIENCE = 60;
  private static final AtomicReference<@Nullable Runnable> WORK = new AtomicReference<>();
  private static final CountDownLatch FINISHED = new CountDownLatch(1);

  private Signals() {}

  /// Says how to interrupt the work of this process, until closed.
  static Signals interrupt(Runnable interrupt) {
    if (WORK.getAndSet(interrupt) == null) {
      Runtime.getRuntime().addShutdownHook(new Thread(Signals::stop, "interrupt"));
    }
    return new Signals();
  }

  /// Says that the command has printed its last word.
  static void finished() {
    FINISHED.countDown();
  }

  private static void stop() {
    if (FINISHED.getCount() == 0) {
      return;
    }
    Optional.ofNullable(WORK.get()).ifPresent(Runnable::run);
    try {
      FINISHED.await(PATIENCE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// What is closed has nothing left to interrupt.
  @Override
  public void close() {
    WORK.set(() -> {});
  }
}
