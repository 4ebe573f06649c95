package dev.pgmend.embedded;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The server process: starts it, waits until it serves, and signals it, never any other process.
final class Postmaster {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final int PORT_ATTEMPTS = 10;

  private final Installation installation;
  private final Account account;
  private final DataDirectory directory;
  private @Nullable Process process;
  private volatile int port;
  private volatile long pid;

  Postmaster(Installation installation, Account account, DataDirectory directory) {
    this.installation = installation;
    this.account = account;
    this.directory = directory;
  }

  int port() {
    return port;
  }

  long pid() {
    return pid;
  }

  /// Between our choice of a port and the server's use of it somebody else may take it: then try another.
  void startOnFreePort() {
    for (int attempt = 1; ; attempt++) {
      port = freePort();
      try {
        start();
        return;
      } catch (EmbeddedServerException e) {
        boolean taken = directory.logTail().contains("could not bind IPv4 address");
        if (!taken || attempt == PORT_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Starts the server on the port it had and waits until it accepts connections.
  void start() {
    Process started = launch();
    process = started;
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (started.isAlive()) {
      if (directory.readyPid().isPresent() && Handshake.succeeds(port)) {
        // Not earlier: the file may have been a killed predecessor's.
        pid = directory.readyPid().orElse(started.pid());
        return;
      }
      if (System.nanoTime() > deadline) {
        started.destroyForcibly();
        throw failure("did not accept connections within " + START_TIMEOUT.toSeconds() + " s");
      }
      pause();
    }
    throw failure("ended with status " + started.exitValue() + " while starting");
  }

  /// Sends the signal, if the server runs, and waits for its end.
  void stop(String signal) {
    Process running = process;
    if (running == null || !running.isAlive()) {
      return;
    }
    kill(signal, directory.readyPid().orElse(running.pid()));
    if (!ended(running)) {
      kill("QUIT", directory.readyPid().orElse(running.pid()));
      if (!ended(running)) {
        running.destroyForcibly();
        throw failure("did not stop within " + 2 * STOP_TIMEOUT.toSeconds() + " s");
      }
    }
  }

  private Process launch() {
    List<String> command =
        account.command(
            List.of(
                installation.program("postgres").toString(),
                "-D",
                directory.data().toString(),
                "-p",
                Integer.toString(port)));
    try {
      return Command.builder(command, directory.home())
          .redirectErrorStream(true)
          .redirectOutput(Redirect.appendTo(directory.log().toFile()))
          .start();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot run " + command.getFirst(), e);
    }
  }

  private EmbeddedServerException failure(String what) {
    return new EmbeddedServerException(
        "PostgreSQL (%s, port %d) %s; its log ends:%n%s"
            .formatted(installation.bin(), port, what, directory.logTail()));
  }

  private static void kill(String signal, long pid) {
    // The shell's own kill: there need not be a program of that name.
    Command.run(List.of("/bin/sh", "-c", "kill -s \"$0\" \"$1\"", signal, Long.toString(pid)));
  }

  private static boolean ended(Process process) {
    boolean interrupted = Thread.interrupted(); // a server must be stopped even so
    try {
      return process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      interrupted = true;
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while PostgreSQL was starting", e);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new EmbeddedServerException("no free port on loopback", e);
    }
  }
}
