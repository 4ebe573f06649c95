package dev.pgmend.checks;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.postgres.ConnectionTarget;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Runs commands that find the target in the `PG*` variables and the password, if there is one, in a file that only this user can read and
/// that is gone afterwards.
final class Programs implements AutoCloseable {
  private static final int KEPT = 2_000;

  private final Path directory;
  private final ConnectionTarget target;
  private final Map<String, String> facts;
  private @Nullable Path passwordFile;
  private volatile @Nullable Process running;

  /// @param facts further variables, the same for every command
  Programs(Path directory, ConnectionTarget target, Map<String, String> facts) {
    this.directory = directory;
    this.target = target;
    this.facts = facts;
  }

  /// {@return what is wrong, empty if the command ended as it should}
  Optional<String> run(Check.Program check) {
    ProcessBuilder builder = new ProcessBuilder(check.words()).directory(directory.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(ConnectionTarget::isVariable);
    environment.putAll(target.environment());
    environment.remove("PGPASSWORD");
    passwordFile().ifPresent(file -> environment.put("PGPASSFILE", file.toString()));
    environment.putAll(facts);
    environment.putAll(check.environment());
    builder.redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(nothing()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return Optional.of("cannot be started: " + e.getMessage());
    }
    running = process;
    try {
      CompletableFuture<String> output =
          CompletableFuture.supplyAsync(() -> tail(process.getInputStream()));
      if (!process.waitFor(check.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        end(process);
        return Optional.of(
            "not done within %s; ended%s".formatted(Checker.words(check.timeout()), said(output)));
      }
      return process.exitValue() == check.exitCode()
          ? Optional.empty()
          : Optional.of(
              "exit code %d, expected %d%s"
                  .formatted(process.exitValue(), check.exitCode(), said(output)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    } finally {
      end(process);
      running = null;
    }
  }

  private static java.io.File nothing() {
    return new java.io.File("/dev/null");
  }

  /// Ends a command, and what it has started.
  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /// Ends what is running, from another thread.
  void stop() {
    Process process = running;
    if (process != null) {
      end(process);
    }
  }

  /// Something that the command has left running may hold the pipe open.
  private static String said(CompletableFuture<String> output) {
    try {
      String text = output.get(1, TimeUnit.SECONDS).strip();
      return text.isEmpty() ? "" : "; it said: " + text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    } catch (ExecutionException | TimeoutException e) {
      return "";
    }
  }

  private static String tail(InputStream in) {
    StringBuilder text = new StringBuilder();
    byte[] buffer = new byte[8192];
    try {
      int length;
      while ((length = in.read(buffer)) > 0) {
        text.append(new String(buffer, 0, length, StandardCharsets.UTF_8));
        if (text.length() > 4 * KEPT) {
          text.delete(0, text.length() - KEPT);
        }
      }
    } catch (IOException e) {
      // The command was ended: what it has said until then is kept.
      return text.toString();
    }
    return text.length() <= KEPT ? text.toString() : "…" + text.substring(text.length() - KEPT);
  }

  private Optional<Path> passwordFile() {
    Optional<String> lines = target.passwordFileLines();
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    Path file = passwordFile;
    if (file == null) {
      try {
        // Temporary files are made readable by their owner only.
        file = Files.createTempFile("pgmend", ".pgpass");
        Files.writeString(file, lines.get());
      } catch (IOException e) {
        throw new PgmendException(
            Kind.USAGE,
            "cannot write a password file for the commands of the checks: " + e.getMessage(),
            "TMPDIR says where.",
            e);
      }
      passwordFile = file;
    }
    return Optional.of(file);
  }

  @Override
  public void close() {
    Path file = passwordFile;
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
