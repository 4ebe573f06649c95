package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Ctrl-C and SIGTERM while a command works on a server: the work is interrupted, which rolls back and cleans up, and the process ends
/// when it has said so. The virtual machine then exits with 128 and the signal's number.
final class Signals implements AutoCloseable {
  private static final long PATIENCE = 60;
  private static final CountDownLatch FINISHED = new CountDownLatch(1);

  private static boolean listening;
  private static boolean stopping;

  /// What stops the work; null if there is nothing to stop and nothing to wait for.
  private static @Nullable Runnable work;

  private static volatile int status = Kind.INTERRUPTED.exitCode();

  private Signals() {}

  /// Says how to interrupt the work of this process, until closed. What begins after the signal is interrupted at once.
  static Signals interrupt(Runnable interrupt) {
    synchronized (Signals.class) {
      if (!listening) {
        listening = true;
        noteWhichSignal();
        Runtime.getRuntime().addShutdownHook(new Thread(Signals::stop, "interrupt"));
      }
      work = interrupt;
      if (stopping) {
        Thread.ofPlatform().daemon().name("interrupt-late").start(interrupt);
      }
    }
    return new Signals();
  }

  /// Says that this process may end at any moment: nothing has begun that would have to be cleaned up.
  static synchronized void nothingBegun() {
    work = null;
  }

  /// Says that the command has printed its last word.
  static void finished() {
    FINISHED.countDown();
  }

  /// {@return the exit code of this process once it was interrupted}
  static int status() {
    return status;
  }

  private static void stop() {
    Runnable interrupt;
    synchronized (Signals.class) {
      stopping = true;
      interrupt = work;
    }
    if (FINISHED.getCount() == 0 || interrupt == null) {
      return;
    }
    interrupt.run();
    try {
      FINISHED.await(PATIENCE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The virtual machine tells its hooks that it ends, but not why. What it does on a signal stays as it is; the class is in every JDK, but
  /// not of its documented ones, hence by name.
  private static void noteWhichSignal() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Method handle = signal.getMethod("handle", signal, handler);
      Method number = signal.getMethod("getNumber");
      Method usual = handler.getMethod("handle", signal);
      for (String name : List.of("INT", "TERM", "HUP")) {
        Object[] before = new Object[1];
        InvocationHandler noting =
            (_, _, arguments) -> {
              status = 128 + (int) number.invoke(arguments[0]);
              return usual.invoke(before[0], arguments[0]);
            };
        before[0] =
            handle.invoke(
                null,
                signal.getConstructor(String.class).newInstance(name),
                Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, noting));
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // A virtual machine without it, or one that was told to leave signals alone: 130 is what most
      // of them mean.
      return;
    }
  }

  /// What is closed has nothing left to interrupt, but something to say.
  @Override
  public void close() {
    synchronized (Signals.class) {
      work = Signals::nothing;
    }
  }

  private static void nothing() {}
}
