package dev.pgmend.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the JVM watches while it writes the cache that later starts are faster with: help, and looks into an archive, often enough for it to
/// learn which code is worth compiling. Run by `./pgmend` after a build; prints nothing. Not for users.
public final class Training {
  private static final int TIMES = 30;

  private Training() {}

  /// @param arguments an archive; without one, or if it is not there, only the help is trained
  public static void main(String[] arguments) {
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    Main.run("--help");
    for (String archive : arguments) {
      for (int i = 0; i < TIMES && Files.exists(Path.of(archive)); i++) {
        Main.run("inspect", archive);
      }
    }
    System.exit(0);
  }
}
