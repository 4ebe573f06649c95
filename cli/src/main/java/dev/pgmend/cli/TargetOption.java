package dev.pgmend.cli;

import dev.pgmend.postgres.ConnectionTarget;
import picocli.CommandLine.Option;

/// The option that names the live database.
final class TargetOption {
  @Option(
      names = "--to",
      paramLabel = "URI",
      defaultValue = "",
      description =
          "The live database: postgresql://user@host:port/dbname, or key=value pairs; PG* variables fill the gaps.")
  private String target = "";

  ConnectionTarget target() {
    return ConnectionTarget.parse(target, System.getenv());
  }
}
