package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Explains commands, errors, and what goes through several commands.
@Command(
    name = "help",
    description = "Explain a command, a topic such as locks or undo, or an error's code.",
    mixinStandardHelpOptions = true)
final class HelpCommand implements Callable<Integer> {
  /// The topics that are text, in the order in which they are listed.
  static final List<String> TOPICS =
      List.of(
          "modes",
          "policies",
          "locks",
          "undo",
          "checks",
          "report",
          "sources",
          "connections",
          "config",
          "rds");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "TOPIC",
      description = "A command, a topic, errors or exit-codes; without one they are listed.")
  private @Nullable String topic;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "CODE",
      description = "After errors: the code that a message names.")
  private @Nullable String code;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    CommandLine program = spec.commandLine().getParent();
    CommandLine command = topic == null ? null : program.getSubcommands().get(topic);
    if (code != null && !"errors".equals(topic)) {
      throw new PgmendException(Kind.USAGE, "only errors takes a second word");
    }
    if (topic == null) {
      program.usage(out);
      out.printf("Topics of pgmend help:%n  %s%n", String.join(", ", all()));
    } else if (command != null) {
      command.usage(out);
    } else if (TOPICS.contains(topic)) {
      out.print(Resources.text("help/" + topic + ".txt"));
    } else if (topic.equals("exit-codes")) {
      out.print(ErrorPage.exitCodes());
    } else if (topic.equals("errors")) {
      out.print(errors());
    } else {
      throw new PgmendException(
          Kind.USAGE,
          "there is no help on \"%s\"".formatted(topic),
          "Topics: %s; and every command.".formatted(String.join(", ", all())));
    }
    out.flush();
    return 0;
  }

  private String errors() {
    if (code == null) {
      return ErrorPage.list();
    }
    Optional<String> text = ErrorPage.of(code);
    return text.orElseThrow(() ->
        new PgmendException(
            Kind.USAGE,
            "there is no error with the code \"%s\"".formatted(code),
            "pgmend help errors lists them."));
  }

  private static List<String> all() {
    List<String> all = new ArrayList<>(TOPICS);
    all.add("exit-codes");
    all.add("errors");
    return all;
  }
}
