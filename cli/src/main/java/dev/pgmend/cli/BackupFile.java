package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Reading;
import java.nio.file.Path;

/// The backup that a command line names: a file, a directory, or `-` for what comes through a pipe.
final class BackupFile {
  private BackupFile() {}

  static Archive open(Path file, Reading reading) {
    return file.toString().equals("-")
        ? Archive.open("standard input", System.in, reading)
        : Archive.open(file, reading);
  }
}
