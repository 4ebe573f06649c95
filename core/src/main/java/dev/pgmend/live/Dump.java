package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A pg_dump that runs, of whose output only the beginning is wanted. What it says of problems is kept. Closing ends it.
final class Dump implements AutoCloseable {
  private static final int SAID_MAX = 16 << 10;
  private static final long PATIENCE = 5;

  private final PgDump program;
  private final Process process;
  private final Thread listener;
  private final StringBuilder said = new StringBuilder(); // read once the listener has ended

  private Dump(PgDump program, Process process) {
    this.program = program;
    this.process = process;
    this.listener = Thread.ofPlatform().daemon().name("pgmend-pg-dump").start(this::listen);
  }

  static Dump start(PgDump program, Map<String, String> connection, List<String> options) {
    try {
      return new Dump(program, program.start(connection, options));
    } catch (IOException e) {
      throw new PgmendException(
          Kind.SOURCE, "cannot run %s: %s".formatted(program.program(), e.getMessage()), null, e);
    }
  }

  private void listen() {
    byte[] bytes = new byte[4096];
    try (InputStream errors = process.getErrorStream()) {
      int count;
      while ((count = errors.read(bytes)) >= 0) {
        if (said.length() < SAID_MAX) {
          said.append(new String(bytes, 0, count, StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      return; // closed: it has been ended
    }
  }

  InputStream output() {
    return process.getInputStream();
  }

  /// {@return why it has failed, in its own words; null if it has not}
  @Nullable String failure() {
    try {
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS) || process.exitValue() == 0) {
        return null;
      }
      listener.join(TimeUnit.SECONDS.toMillis(PATIENCE));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
    String words =
        said.toString()
            .replace("pg_dump: ", "")
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("warning:"))
            .reduce((a, b) -> a + "; " + b)
            .orElse("no reason given");
    return "pg_dump %s: %s".formatted(program.version(), words);
  }

  /// Ends it; nobody waits for the rest.
  @Override
  public void close() {
    process.destroy();
    try {
      process.getInputStream().close();
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
