package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.Console;
import java.util.Locale;

/// Asks whoever sits at the terminal.
final class Questions {
  private Questions() {}

  /// @throws PgmendException if nobody is there to be asked
  @SuppressWarnings(
      "SystemConsoleNull") // null again since JDK 25, unless jdk.console says otherwise
  static Console terminal() {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new PgmendException(
          Kind.USAGE,
          "not a terminal, and --yes was not given; the target is unchanged",
          "Add --yes to start without a question; pgmend plan --count tells what would change.");
    }
    return console;
  }

  static String answer(String question) {
    String answer = terminal().readLine("%s", question);
    return answer == null ? "" : answer.strip().toLowerCase(Locale.ROOT);
  }

  static boolean agreed(String question) {
    return answer(question + " [y/N] ").equals("y");
  }

  static void confirm(String question) {
    if (!agreed(question)) {
      throw new PgmendException(Kind.USAGE, "not started; the target is unchanged");
    }
  }
}
