package dev.pgmend.extract;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.load.RowDigest;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.sql.QualifiedName;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// Copies rows out of an archive, and remembers which they were.
final class RowCopier {
  private final Archive archive;
  private final Map<QualifiedName, RowSet> copied = new LinkedHashMap<>();

  RowCopier(Archive archive) {
    this.archive = archive;
  }

  /// {@return the rows of each table}
  Map<QualifiedName, RowSet> copied() {
    return copied;
  }

  /// @throws IOException if the output cannot be written
  /// @throws PgmendException of kind SOURCE if the rows cannot be read
  void copy(Entry data, OutputStream out) throws IOException {
    RowDigest digest = new RowDigest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream rows = archive.copyText(data)) {
      int length;
      while ((length = read(data, rows, buffer)) >= 0) {
        digest.update(buffer, 0, length);
        out.write(buffer, 0, length);
      }
    }
    copied.put(Entries.name(data), digest.rows());
  }

  private int read(Entry data, InputStream rows, byte[] buffer) {
    try {
      return rows.read(buffer);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: cannot read the rows of %s: %s"
              .formatted(archive.name(), Entries.name(data), e.getMessage()),
          null,
          e);
    }
  }
}
