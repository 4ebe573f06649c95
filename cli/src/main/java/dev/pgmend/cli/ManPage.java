package dev.pgmend.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// A manual page in the man macros of roff, written from the command itself.
final class ManPage {
  private final StringBuilder out = new StringBuilder();
  private final CommandSpec command;

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /// {@return the page of a command, with those of its own commands}
  static String of(CommandSpec command) {
    return new ManPage(command).write();
  }

  /// {@return the page's name, such as `pgmend-restore`}
  static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  private String write() {
    String name = name(command);
    out.append(".\\\" Made by: pgmend man; do not edit.\n");
    out.append(".TH %s 1 \"\" pgmend \"pgmend manual\"\n".formatted(name.toUpperCase(Locale.ROOT)));
    out.append(".SH NAME\n%s \\- %s\n".formatted(escape(name), escape(first())));
    out.append(".SH SYNOPSIS\n");
    synopsis(command);
    command
        .subcommands()
        .values()
        .forEach(sub -> {
          if (command.parent() != null) {
            synopsis(sub.getCommandSpec());
          }
        });
    out.append(".SH DESCRIPTION\n");
    text(String.join(" ", command.usageMessage().description()));
    details(command, ".SH OPTIONS\n");
    if (command.parent() == null) {
      commands();
      section("EXIT STATUS", ErrorPage.exitCodes());
      section("FILES AND ENVIRONMENT", Resources.text("help/config.txt"));
    } else {
      command.subcommands().values().forEach(sub -> inner(sub.getCommandSpec()));
    }
    exitCodes();
    footer();
    out.append(".SH SEE ALSO\n");
    out.append(
        command.parent() == null
            ? "The documents in docs/, first of all docs/quickstart.md.\n"
            : ".BR pgmend (1),\n.B pgmend help\n");
    return out.toString();
  }

  private String first() {
    String all = String.join(" ", command.usageMessage().description());
    int end = all.indexOf(". ");
    return (end < 0 ? all : all.substring(0, end)).replaceFirst("\\.$", "");
  }

  private void synopsis(CommandSpec of) {
    out.append(".B ").append(escape(of.qualifiedName(" "))).append('\n');
    List<String> words = new ArrayList<>();
    of.options().stream()
        .filter(OptionSpec::required)
        .forEach(option -> words.add(option.longestName() + " " + option.paramLabel()));
    if (!of.options().isEmpty()) {
      words.add("[options]");
    }
    of.positionalParameters()
        .forEach(parameter ->
            words.add(
                parameter.arity().min() == 0
                    ? "[" + parameter.paramLabel() + (parameter.isMultiValue() ? "...]" : "]")
                    : parameter.paramLabel()));
    if (!of.subcommands().isEmpty()) {
      words.add("COMMAND");
    }
    out.append(escape(String.join(" ", words))).append("\n.br\n");
  }

  private void details(CommandSpec of, String heading) {
    for (PositionalParamSpec parameter : of.positionalParameters()) {
      item(parameter.paramLabel(), parameter.description());
    }
    List<OptionSpec> options =
        of.options().stream().sorted(Comparator.comparing(OptionSpec::longestName)).toList();
    if (options.isEmpty()) {
      return;
    }
    out.append(heading);
    for (OptionSpec option : options) {
      String names = String.join(", ", option.names());
      item(
          option.arity().max() > 0 ? names + " " + option.paramLabel() : names,
          option.description());
    }
  }

  private void inner(CommandSpec sub) {
    out.append(".SH %s\n".formatted(escape(sub.qualifiedName(" ").toUpperCase(Locale.ROOT))));
    text(String.join(" ", sub.usageMessage().description()));
    details(sub, ".PP\n");
  }

  private void commands() {
    out.append(".SH COMMANDS\n");
    for (CommandLine sub : command.subcommands().values()) {
      CommandSpec spec = sub.getCommandSpec();
      out.append(".TP\n.BR ")
          .append(escape(name(spec)))
          .append(" (1)\n")
          .append(escape(String.join(" ", spec.usageMessage().description())))
          .append('\n');
    }
  }

  private void exitCodes() {
    var codes = command.usageMessage().exitCodeList();
    if (!codes.isEmpty()) {
      out.append(".SH EXIT STATUS\n");
      codes.forEach((code, meaning) -> item(code.strip(), meaning));
    }
  }

  private void footer() {
    String footer =
        Stream.of(command.usageMessage().footer())
            .filter(line -> !line.isBlank())
            .collect(Collectors.joining("\n"));
    if (!footer.isEmpty()) {
      section("EXAMPLES", footer);
    }
  }

  private void section(String title, String verbatim) {
    out.append(".SH %s\n.nf\n".formatted(title));
    verbatim.lines().forEach(line -> out.append(escape(line)).append('\n'));
    out.append(".fi\n");
  }

  private void item(String name, String... description) {
    out.append(".TP\n.B ").append(escape(name)).append('\n');
    text(String.join(" ", description));
  }

  private void text(String text) {
    out.append(escape(text.replace("%%", "%").replace("%n", " "))).append('\n');
  }

  /// A backslash, a minus, and a dot or quote at the beginning of a line mean something to roff.
  static String escape(String text) {
    String safe = text.replace("\\", "\\e").replace("-", "\\-");
    return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
  }
}
