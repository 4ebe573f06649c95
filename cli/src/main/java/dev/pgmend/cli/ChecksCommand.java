package dev.pgmend.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Groups the commands about checks.
@Command(
    name = "checks",
    description = "Make the checks of a file, or write today's answers down to compare with later.",
    mixinStandardHelpOptions = true,
    subcommands = {ChecksRunCommand.class, ChecksRecordCommand.class})
final class ChecksCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "Missing: pgmend checks run, or pgmend checks record");
  }
}
