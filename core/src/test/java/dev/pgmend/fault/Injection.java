package dev.pgmend.fault;

import dev.pgmend.PgmendException;
import dev.pgmend.fault.Fault.Kind;
import dev.pgmend.fault.Fault.Moment;
import dev.pgmend.fault.Proxy.Verdict;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.testing.Database;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Runs one restore, and has one fault befall it.
final class Injection implements Proxy.Tap {
  private static final int STALLED = 300;
  private static final int PATIENCE = 60;

  private final World world;
  private final Fault fault;
  private final Child child;
  private final AtomicBoolean happened = new AtomicBoolean();
  private final Proxy proxy;

  Injection(World world, Fault fault, Child child) {
    this.world = world;
    this.fault = fault;
    this.child = child;
    this.proxy = new Proxy(world.server().port(), this);
  }

  /// Restores into the database.
  ///
  /// @return what pgmend said: `DONE`, the kind of its failure with the message, or nothing if it was killed
  String run(Database database) {
    try (proxy) {
      int boundary = fault.moment() instanceof Moment.Boundary(int number) ? number : 0;
      if (fault.kind() == Kind.KILL) {
        return child.restore(
            world.archive(),
            World.uri(database, proxy.port()),
            fault.scene(),
            boundary,
            this::strike);
      }
      return patiently(() -> restore(database, boundary));
    } finally {
      awaitStrike();
    }
  }

  /// Does something else with the database.
  ///
  /// @return what pgmend said: nothing or the kind of its failure with the message
  String run(Database database, Consumer<ConnectionTarget> action) {
    try (proxy) {
      return patiently(() -> {
        try {
          action.accept(world.target(database, proxy.port()));
          return "";
        } catch (PgmendException e) {
          return e.kind() + ": " + e.getMessage();
        }
      });
    } finally {
      awaitStrike();
    }
  }

  private String patiently(Supplier<String> action) {
    try {
      return CompletableFuture.supplyAsync(action, Thread::startVirtualThread)
          .get(PATIENCE, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("pgmend hangs after " + fault, e);
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(fault.toString(), e);
    }
  }

  /// A fault may end pgmend before it is over itself: the server has still to be started again.
  private synchronized void awaitStrike() {}

  private String restore(Database database, int boundary) {
    try {
      var boundaries =
          new Child.Boundaries(number -> {
            if (number == boundary) {
              strike();
            }
          });
      return world
          .restore(world.target(database, proxy.port()), fault.scene(), boundaries)
          .status()
          .toString();
    } catch (PgmendException e) {
      return e.kind() + ": " + e.getMessage();
    }
  }

  /// {@return whether the fault's moment has come}
  boolean happened() {
    return happened.get();
  }

  @Override
  public Verdict sending(long bytes, int commit) {
    if (happened.get()) {
      return Verdict.PASS;
    }
    return switch (fault.moment()) {
      case Moment.Boundary _ -> Verdict.PASS;
      case Moment.Bytes inside -> bytes < inside.number() ? Verdict.PASS : tapped(true);
      case Moment.Commit at -> commit == at.number() ? tapped(at.passed()) : Verdict.PASS;
    };
  }

  private Verdict tapped(boolean passed) {
    if (fault.kind() == Kind.TRUNCATE) {
      happened.set(true);
      return Verdict.TRUNCATE;
    }
    if (passed) {
      return Verdict.PASS_AND_TELL;
    }
    strike();
    return Verdict.CUT;
  }

  @Override
  public void passed() {
    strike();
    proxy.release();
  }

  private synchronized void strike() {
    happened.set(true);
    pause(fault.delay());
    switch (fault.kind()) {
      case KILL -> child.kill();
      case CRASH -> {
        world.server().stopImmediately();
        world.server().restart();
      }
      case CUT, TRUNCATE -> proxy.cut();
      case STALL -> {
        proxy.hold();
        pause(STALLED);
        proxy.release();
      }
      case STALL_AND_CUT -> {
        proxy.hold();
        pause(STALLED);
        proxy.cut();
        proxy.release();
      }
    }
  }

  static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
