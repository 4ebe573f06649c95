package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Reading;
import dev.pgmend.content.Location;
import java.nio.file.Path;
import java.util.Optional;

/// The backup that a command line names: a file, a directory, a location such as `s3://bucket/app.dump`, or `-` for what comes
/// through a pipe.
final class BackupFile {
  private BackupFile() {}

  static Archive open(String backup, Reading reading) {
    if (backup.equals("-")) {
      return Archive.open("standard input", System.in, reading);
    }
    Optional<Location> location = Location.of(backup);
    return location.isPresent()
        ? Archive.open(location.get(), reading)
        : Archive.open(Path.of(backup), reading);
  }

  /// {@return how a command that is shown names the backup: without the secrets that a location may hold}
  static String shown(String backup) {
    return Location.of(backup).map(Location::name).orElse(backup);
  }
}
