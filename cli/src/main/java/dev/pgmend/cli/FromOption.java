package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.DatabaseChoice;
import dev.pgmend.restore.TableSelection;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The option that names the backup, and those that say how it is read.
final class FromOption {
  @Option(
      names = "--from",
      required = true,
      paramLabel = "FILE",
      description =
          "The backup: output of pg_dump, packed or not; an s3:, gs:, az: or https: location; postgresql://user@host/dbname for a live database; - reads a pipe.")
  private String from = "";

  @Mixin private BackupOptions options = new BackupOptions();

  /// Opens the backup; of several databases the one that has the tables.
  Archive open(TableSelection tables) {
    return options.open(from, tables);
  }

  /// Opens the backup, leaving the choice among several databases to another if no option makes it.
  Archive open(DatabaseChoice otherwise) {
    return options.open(from, otherwise);
  }

  /// {@return the backup as it was named}
  String name() {
    return from;
  }

  /// {@return how the backup is read}
  BackupOptions options() {
    return options;
  }

  /// {@return the backup and how it is read, as the first words behind a command}
  String word() {
    return Shell.quote(BackupFile.shown(from)) + options.words();
  }

  /// {@return the options as they stand on a command line to be typed next, each after a blank}
  String words() {
    return " --from " + word();
  }
}
