package dev.pgmend.cli;

import picocli.CommandLine.Option;

/// The option for output that machines read.
final class JsonOption {
  @Option(names = "--json", description = "For machines; docs/json.md.")
  private boolean json;

  boolean given() {
    return json;
  }
}
