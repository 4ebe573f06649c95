package dev.pgmend.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Writes completion for fish, from the commands themselves.
final class FishCompletion {
  private final StringBuilder out = new StringBuilder();

  private FishCompletion() {}

  static String of(CommandLine program) {
    FishCompletion fish = new FishCompletion();
    fish.out.append("# Completion of pgmend for fish; made by: pgmend completion fish\n");
    fish.commands(program.getSubcommands(), "__fish_use_subcommand");
    program
        .getSubcommands()
        .forEach((name, command) -> {
          String within = "__fish_seen_subcommand_from " + name;
          if (!command.getSubcommands().isEmpty()) {
            fish.commands(command.getSubcommands(), within);
          }
          fish.options(command.getCommandSpec(), within);
          command
              .getSubcommands()
              .forEach((inner, sub) ->
                  fish.options(
                      sub.getCommandSpec(), within + "; and __fish_seen_subcommand_from " + inner));
        });
    fish.out.append(
        "complete -c pgmend -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n");
    return fish.out.toString();
  }

  private void commands(Map<String, CommandLine> commands, String condition) {
    commands.forEach((name, command) ->
        out.append(
            "complete -c pgmend -n '%s' -f -a %s -d %s\n"
                .formatted(condition, name, description(command.getCommandSpec()))));
  }

  private static String description(CommandSpec command) {
    return quote(String.join(" ", command.usageMessage().description()));
  }

  private void options(CommandSpec command, String condition) {
    for (OptionSpec option : command.options()) {
      StringBuilder line = new StringBuilder("complete -c pgmend -n '%s'".formatted(condition));
      for (String name : option.names()) {
        line.append(
            name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
      }
      if (option.arity().max() > 0) {
        line.append(" -r");
      }
      out.append(line)
          .append(" -d ")
          .append(quote(String.join(" ", option.description()).replace("%%", "%")))
          .append('\n');
    }
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ") + "'";
  }
}
