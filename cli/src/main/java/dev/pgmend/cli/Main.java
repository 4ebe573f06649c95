package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.report.RunReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
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
      ChecksCommand.class,
      DemoCommand.class,
      HelpCommand.class,
      CompletionCommand.class,
      ManCommand.class
    })
public final class Main implements Runnable {
  /// A message that repeats a connection string, of which no more is to be seen.
  private static final Pattern CONNECTION_STRING =
      Pattern.compile("://|password\\s*=", Pattern.CASE_INSENSITIVE);

  /// A message that says itself what became of the target.
  private static final Pattern SAYS_STATE =
      Pattern.compile(
          "unchanged|(nothing|not) (was|is) (changed|touched)|as it was before|rolled back|undone|taken back|are back");

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
    CommandLine commandLine = program();
    Defaults defaults = new Defaults(System.getenv());
    try {
      defaults.check();
    } catch (PgmendException failure) {
      return report(failure, commandLine);
    }
    commandLine.setDefaultValueProvider(defaults);
    commandLine.setExecutionExceptionHandler(
        (failure, command, _) -> report(Patience.withStandby(failure, command), command));
    IParameterExceptionHandler usual = commandLine.getParameterExceptionHandler();
    commandLine.setParameterExceptionHandler((failure, given) -> misused(failure, given, usual));
    return commandLine.execute(arguments);
  }

  /// {@return the commands, for running them and for describing them}
  static CommandLine program() {
    return new CommandLine(new Main());
  }

  /// A connection string in the wrong place would be repeated with its password.
  private static int misused(
      ParameterException failure, String[] arguments, IParameterExceptionHandler usual)
      throws Exception {
    String message = String.valueOf(failure.getMessage());
    boolean repeats = CONNECTION_STRING.matcher(message).find();
    CommandLine command = failure.getCommandLine();
    if (List.of(arguments).contains("--json") && !command.getCommandName().equals("rows")) {
      return json(
          command,
          Failures.of(
              new PgmendException(
                  Kind.USAGE,
                  repeats ? "a connection string is not expected here" : message,
                  repeats ? "--to names the target." : null)));
    }
    if (!repeats) {
      return usual.handleParseException(failure, arguments);
    }
    command
        .getErr()
        .println("pgmend: a connection string is not expected here; HINT: --to names the target");
    return PgmendException.Kind.USAGE.exitCode();
  }

  private static int report(Patience.Ended ended, CommandLine command) {
    return ended.failure().map(failure -> report(failure, command)).orElse(ended.status());
  }

  /// Says what happened, what became of the target if that does not, under which code it is explained, and what to do next.
  private static int report(Exception failure, CommandLine command) {
    if (failure instanceof RestoreCommand.Told told) {
      return told.getCause() instanceof PgmendException known
          ? known.kind().exitCode()
          : Kind.BUG.exitCode();
    }
    if (failure instanceof PgmendException known) {
      RunReport.Failure told = Failures.of(known);
      if (asksForJson(command)) {
        return json(command, told);
      }
      PrintWriter err = command.getErr();
      err.println("pgmend: " + Printable.of(told.message()));
      err.println("HINT: " + Printable.of(told.hint()));
      if (!SAYS_STATE.matcher(told.message()).find()) {
        err.println("STATE: " + told.state());
      }
      err.println("CODE: %s (pgmend help errors %s)".formatted(told.code(), told.code()));
      return told.exitCode();
    }
    command
        .getErr()
        .println("pgmend: internal error; pgmend status tells what state the target is in");
    failure.printStackTrace(command.getErr());
    return PgmendException.Kind.BUG.exitCode();
  }

  private static int json(CommandLine command, RunReport.Failure told) {
    Json.write(
        command.getOut(),
        json -> json.object("failure", object -> ReportJson.failure(object, told)));
    command.getOut().flush();
    return told.exitCode();
  }

  private static boolean asksForJson(CommandLine command) {
    return command.getParseResult() != null
        && command.getParseResult().hasMatchedOption("--json")
        && !command.getCommandName().equals("rows");
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
