package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Reading;
import dev.pgmend.content.Location;
import dev.pgmend.live.LiveSource;
import dev.pgmend.postgres.ConnectionTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The backup that a command line names: a file, a directory, a location such as `s3://bucket/app.dump`, a live database such as
/// `postgresql://host/app`, or `-` for what comes through a pipe.
final class BackupFile {
  private BackupFile() {}

  /// @param pgBin where pg_dump is, if that is said
  static Archive open(String backup, Reading reading, Optional<Path> pgBin) {
    if (backup.equals("-")) {
      return Archive.open("standard input", System.in, reading);
    }
    if (isLive(backup)) {
      return LiveSource.open(source(backup), reading, pgBin);
    }
    Optional<Location> location = Location.of(backup);
    return location.isPresent()
        ? Archive.open(location.get(), reading)
        : Archive.open(Path.of(backup), reading);
  }

  /// {@return how a command that is shown names the backup: without the secrets that a location may hold}
  static String shown(String backup) {
    if (isLive(backup)) {
      return source(backup).uri();
    }
    return Location.of(backup).map(Location::name).orElse(backup);
  }

  /// {@return whether it is a connection string} A file of that name goes first.
  static boolean isLive(String backup) {
    return ConnectionTarget.isConnectionString(backup)
        && (backup.contains("://") || !Files.exists(Path.of(backup)));
  }

  /// {@return the server that a connection string names}
  static ConnectionTarget source(String backup) {
    return ConnectionTarget.parse(backup, System.getenv());
  }
}
