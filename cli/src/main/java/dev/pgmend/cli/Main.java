package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/// The `pgmend` command. The only place that turns a failure into words and an exit code.
@Command(
    name = "pgmend",
    description = "Put a PostgreSQL table back, prove it, and leave everything else alone.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      InspectCommand.class,
      AssessCommand.class,
      DiffCommand.class,
      RowsCommand.class,
      ExtractCommand.class,
      PlanCommand.class,
      RestoreCommand.class,
      StatusCommand.class,
      ResumeCommand.class,
      UndoCommand.class,
      CleanCommand.class,
      DemoCommand.class
    })
public final class Main implements Runnable {
  public static void main(String[] arguments) {
    int status = Kind.BUG.exitCode();
    try {
      status = run(arguments);
    } finally {
      Signals.finished();
    }
    System.exit(status);
  }

  static int run(String... arguments) {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setExecutionExceptionHandler(
        (failure, command, _) -> report(Patience.withStandby(failure, command), command));
    IParameterExceptionHandler usual = commandLine.getParameterExceptionHandler();
    commandLine.setParameterExceptionHandler((failure, given) -> misused(failure, given, usual));
    return commandLine.execute(arguments);
  }

  /// A connection string in the wrong place would be repeated with its password.
  private static int misused(
      ParameterException failure, String[] arguments, IParameterExceptionHandler usual)
      throws Exception {
    if (!String.valueOf(failure.getMessage()).contains("://")) {
      return usual.handleParseException(failure, arguments);
    }
    failure
        .getCommandLine()
        .getErr()
        .println("pgmend: a connection string is not expected here; HINT: --to names the target");
    return PgmendException.Kind.USAGE.exitCode();
  }

  private static int report(Patience.Ended ended, CommandLine command) {
    return ended.failure().map(failure -> report(failure, command)).orElse(ended.status());
  }

  private static int report(Exception failure, CommandLine command) {
    if (failure instanceof PgmendException known) {
      command.getErr().println("pgmend: " + Printable.of(String.valueOf(known.getMessage())));
      if (known.hint() != null) {
        command.getErr().println("HINT: " + Printable.of(known.hint()));
      }
      return known.kind().exitCode();
    }
    command
        .getErr()
        .println("pgmend: internal error; pgmend status tells what state the target is in");
    failure.printStackTrace(command.getErr());
    return PgmendException.Kind.BUG.exitCode();
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"pgmend " + Objects.requireNonNullElse(version, "(development)")};
    }
  }
}
