package dev.pgmend.fault;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Step;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.run.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// pgmend in a process of its own, which can be killed. It starts up, and waits to be told what to restore.
final class Child implements AutoCloseable {
  private static final String AT = "at the boundary";

  private final Process process;

  Child() {
    try {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Child.class.getName())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Restores, and returns what the process had to say, or "" if it was killed.
  ///
  /// @param boundary where to call `at`, while the process waits; 0 for nowhere
  String restore(Path archive, String uri, Scene scene, int boundary, Runnable at) {
    try (var to = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        BufferedReader from = process.inputReader(StandardCharsets.UTF_8)) {
      List.of(archive.toString(), uri, scene.name(), Integer.toString(boundary))
          .forEach(to::println);
      String line = from.readLine();
      if (AT.equals(line)) {
        at.run();
        to.println();
        line = from.readLine();
      }
      return Objects.requireNonNullElse(line, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Kills it (SIGKILL) and waits until it is gone.
  void kill() {
    // Not by Process.destroyForcibly, which closes the streams under whoever reads them.
    process.toHandle().destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    kill();
  }

  /// The process itself: reads archive, target, scene and boundary, a line for each, and restores.
  public static void main(String[] arguments) throws IOException {
    var from = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Path path = Path.of(from.readLine());
    ConnectionTarget target = ConnectionTarget.parse(from.readLine(), Map.of());
    Scene scene = Scene.valueOf(from.readLine());
    int boundary = Integer.parseInt(from.readLine());
    try (Archive archive = Archive.open(path);
        TableRestore restore = TableRestore.open(archive, target)) {
      var progress =
          new Boundaries(number -> {
            if (number == boundary) {
              System.out.println(AT);
              try {
                from.readLine();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          });
      System.out.println(restore.run(restore.plan(scene.request()), progress).status());
    } catch (PgmendException e) {
      System.out.println(e.kind() + ": " + e.getMessage().replace('\n', ' '));
    }
  }

  /// Counts the phases and steps of a restore as they begin.
  static class Boundaries implements Progress {
    /// Told the number of each boundary, from 1.
    interface Listener {
      void at(int number);
    }

    private final Listener listener;
    private int number;

    Boundaries(Listener listener) {
      this.listener = listener;
    }

    int number() {
      return number;
    }

    @Override
    public void phase(String name) {
      listener.at(++number);
    }

    @Override
    public void step(Step step) {
      listener.at(++number);
    }
  }
}
