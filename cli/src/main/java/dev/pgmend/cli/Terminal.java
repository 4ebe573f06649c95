package dev.pgmend.cli;

import java.io.Console;
import java.util.Map;

/// The terminal that the program is started from.
final class Terminal {
  private static final int USUAL = 80;

  private Terminal() {}

  /// {@return whether people look at what is written to the standard error output, on something that can move its cursor}
  @SuppressWarnings("SystemConsoleNull") // null where there is no terminal
  static boolean isThere() {
    Console console = System.console();
    String kind = System.getenv().getOrDefault("TERM", "dumb");
    return console != null
        && console.isTerminal()
        && "1".equals(System.getProperty("pgmend.stderr.terminal", "0"))
        && !kind.equals("dumb")
        && !kind.isEmpty();
  }

  /// {@return whether colours may be used; https://no-color.org}
  static boolean colours() {
    return colours(System.getenv());
  }

  static boolean colours(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /// {@return how many columns it has, as the launcher has measured them}
  static int width() {
    try {
      return Math.max(40, Integer.parseInt(System.getProperty("pgmend.columns", "" + USUAL)));
    } catch (NumberFormatException e) {
      return USUAL;
    }
  }
}
