package dev.pgmend.rows;

import dev.pgmend.archive.Archive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A dump as plain text, written by a test.
final class Script {
  private Script() {}

  /// {@return the text as pg_dump would have ended it, open for reading}
  static Archive open(Path directory, String text) {
    try {
      Path file = Files.createTempFile(directory, "script", ".sql");
      Files.writeString(
          file,
          "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"
              + text
              + "\n--\n-- PostgreSQL database dump complete\n--\n\n");
      return Archive.open(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
