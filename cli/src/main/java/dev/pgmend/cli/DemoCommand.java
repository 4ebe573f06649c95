package dev.pgmend.cli;

import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Wrecks and mends a table on a server of its own.
@Command(
    name = "demo",
    description = "Wreck a table on an embedded PostgreSQL and put it back. Touches nothing else.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:everything is as it was", "4:the server does not start", "7:it is not"})
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--undo", description = "Then take the restore back, too.")
  private boolean undo;

  @Option(names = "--keep", description = "Leave the server running until you press Enter.")
  private boolean keep;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Instant start = Instant.now();
    out.println("* A PostgreSQL server of the demo's own starts ...");
    out.flush();
    try (DemoServer server = DemoServer.start();
        Archive archive = Archive.open(server.archive())) {
      boolean same = new Demo(out, server, archive).run(undo);
      out.printf(
          "%n* %s in %.1f s%n",
          same ? "Done" : "FAILED: there are differences",
          Duration.between(start, Instant.now()).toMillis() / 1000.0);
      if (keep) {
        out.printf(
            "%nThe server runs until you press Enter. Try:%n  psql %s%n  pgmend status --to %s%n  archive: %s%n",
            server.uri(), server.uri(), server.archive());
      }
      out.flush();
      if (keep) {
        waitForEnter();
      }
      return same ? 0 : Kind.MISMATCH.exitCode();
    }
  }

  private static void waitForEnter() {
    try {
      int read = System.in.read();
      while (read >= 0 && read != '\n') {
        read = System.in.read();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
