package dev.pgmend.cli;

import dev.pgmend.postgres.ConnectionTarget;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// The option that names the live database.
final class TargetOption {
  private static final Pattern SECRET = Pattern.compile("password|://[^/@]*:[^@]*@");

  @Option(
      names = "--to",
      paramLabel = "URI",
      defaultValue = "",
      description =
          "The live database: postgresql://user@host:port/dbname, or key=value pairs; PG* variables fill the gaps.")
  private String target = "";

  /// {@return whether it was given on the command line}
  boolean given() {
    return !target.isEmpty();
  }

  ConnectionTarget target() {
    return ConnectionTarget.parse(target, System.getenv());
  }

  /// {@return a command line on the same database, to be typed next; without the password, if one was given}
  String command(String words) {
    if (target.isEmpty()) {
      return "pgmend " + words;
    }
    String shown = SECRET.matcher(target).find() ? "postgresql://" + target() : target;
    return "pgmend %s --to %s".formatted(words, Shell.quote(shown));
  }
}
