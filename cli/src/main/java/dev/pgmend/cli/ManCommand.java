package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Writes manual pages.
@Command(
    name = "man",
    description = "Print the manual page of pgmend or of one of its commands, for man(1).",
    mixinStandardHelpOptions = true,
    footer = {"", "pgmend man restore | man -l -"})
final class ManCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "COMMAND",
      description = "The command; the page of pgmend itself if left out.")
  private @Nullable String name;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine program = spec.commandLine().getParent();
    CommandLine command = name == null ? program : program.getSubcommands().get(name);
    if (command == null) {
      throw new PgmendException(Kind.USAGE, "there is no command \"%s\"".formatted(name));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(ManPage.of(command.getCommandSpec()));
    out.flush();
    return 0;
  }
}
