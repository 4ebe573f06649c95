package dev.pgmend.extract;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.sql.QualifiedName;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/// Writes an extraction to a file, a directory or a stream. What was there before is never overwritten, and nothing is left
/// of what could not be written to its end. Files are for their owner only, as a backup's should be.
public final class Extractor {
  private static final int BUFFER_BYTES = 1 << 16;

  private final Extraction extraction;
  private final RowCopier rows;

  public Extractor(Extraction extraction) {
    this.extraction = extraction;
    this.rows = new RowCopier(extraction.archive());
    for (Entry table : extraction.tables()) {
      extraction.entries().stream()
          .filter(entry -> entry.desc().equals("TABLE DATA") && entry.copyStmt() == null)
          .filter(entry -> Entries.name(entry).equals(Entries.name(table)))
          .forEach(extraction.archive()::copyText);
    }
  }

  /// How an extraction is written.
  public enum Format {
    /// A plain script.
    SQL,
    /// One file, as `pg_dump -Fc` writes it.
    CUSTOM,
    /// A directory with a file per table, as `pg_dump -Fd` writes it.
    DIRECTORY
  }

  /// Writes to a stream, which stays open.
  /// @return the rows of each table
  public Map<QualifiedName, RowSet> write(Format format, OutputStream out) {
    try {
      switch (format) {
        case SQL -> new ScriptWriter(extraction, rows, out).write();
        case CUSTOM -> new CustomWriter(extraction, rows, out).write();
        case DIRECTORY ->
            throw new PgmendException(Kind.USAGE, "a directory cannot be written to a pipe");
      }
      out.flush();
    } catch (IOException e) {
      throw failed("the output", e);
    }
    return rows.copied();
  }

  /// Writes a file or a directory that is not there yet, and reads it back.
  /// @return the rows of each table
  public Map<QualifiedName, RowSet> write(Format format, Path target) {
    try {
      if (format == Format.DIRECTORY) {
        Files.createDirectory(
            target,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } else {
        create(target).close();
      }
    } catch (FileAlreadyExistsException e) {
      throw new PgmendException(
          Kind.USAGE,
          "%s is there already; it was not touched".formatted(target),
          "Name another file, or remove it.",
          e);
    } catch (IOException e) {
      throw failed(target.toString(), e);
    }
    try {
      switch (format) {
        case SQL -> script(target);
        case CUSTOM -> custom(target);
        case DIRECTORY -> directory(target);
      }
      check(target);
      return rows.copied();
    } catch (IOException e) {
      remove(target);
      throw failed(target.toString(), e);
    } catch (RuntimeException | Error e) {
      remove(target);
      throw e;
    }
  }

  private void script(Path file) throws IOException {
    try (OutputStream out = open(file)) {
      new ScriptWriter(extraction, rows, out).write();
    }
  }

  private void custom(Path file) throws IOException {
    byte[] contents;
    try (OutputStream out = open(file)) {
      CustomWriter writer = new CustomWriter(extraction, rows, out);
      writer.write();
      contents = writer.contents();
    }
    try (RandomAccessFile start = new RandomAccessFile(file.toFile(), "rw")) {
      start.write(contents);
    }
  }

  private void directory(Path directory) throws IOException {
    for (Entry entry : extraction.entries()) {
      if (entry.desc().equals("TABLE DATA")) {
        Path file = directory.resolve(TocWriter.fileName(entry) + ".gz");
        try (OutputStream out = new GZIPOutputStream(create(file), BUFFER_BYTES)) {
          rows.copy(entry, out);
          out.write("\\.\n\n\n".getBytes(StandardCharsets.US_ASCII));
        }
      }
    }
    // Last: without it nobody takes the directory for an archive.
    try (OutputStream out = create(directory.resolve("toc.dat"))) {
      out.write(new TocWriter(extraction).directory());
    }
  }

  /// Reads every row again.
  private void check(Path written) throws IOException {
    try (Archive archive = Archive.open(written)) {
      archive.checkWhole();
      RowCopier again = new RowCopier(archive);
      for (Entry entry : archive.toc().entries()) {
        if (entry.desc().equals("TABLE DATA")) {
          again.copy(entry, OutputStream.nullOutputStream());
        }
      }
      if (!again.copied().equals(rows.copied())) {
        throw new PgmendException(
            Kind.MISMATCH,
            "%s does not hold the rows that were written to it; it was removed".formatted(written),
            "Do not trust the disk, or report a bug.");
      }
    }
  }

  private static OutputStream create(Path file) throws IOException {
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new BufferedOutputStream(
        java.nio.channels.Channels.newOutputStream(
            java.nio.channels.FileChannel.open(
                file,
                options,
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")))),
        BUFFER_BYTES);
  }

  private static OutputStream open(Path file) throws IOException {
    return new BufferedOutputStream(
        Files.newOutputStream(file, StandardOpenOption.WRITE), BUFFER_BYTES);
  }

  private static void remove(Path target) {
    try {
      if (Files.isDirectory(target)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(target)) {
          for (Path file : files) {
            Files.delete(file);
          }
        }
      }
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PgmendException failed(String what, IOException e) {
    return new PgmendException(Kind.TARGET, "%s cannot be written: %s".formatted(what, e), null, e);
  }
}
