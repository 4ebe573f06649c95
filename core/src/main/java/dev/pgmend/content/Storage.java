package dev.pgmend.content;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.IOException;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/// A kind of place, other than the file system, that backups are read from. Found by [ServiceLoader], so that the libraries of
/// one are loaded only when somebody names a location of its kind; they may lie in a directory of their own ([Libraries]).
public interface Storage {
  /// {@return whether it reads locations like that}
  boolean reads(Location location);

  /// Finds what is there.
  ///
  /// @param owner told what is to be closed together with the archive
  /// @throws PgmendException if nothing is there, or it may not be read
  Found open(Location location, Consumer<AutoCloseable> owner) throws IOException;

  /// What is at a location.
  sealed interface Found {
    /// One file.
    record One(Content content) implements Found {}

    /// What takes the place of a directory.
    record Directory(FileSet files) implements Found {}
  }

  /// {@return what reads that location}
  static Storage of(Location location) {
    for (Storage storage : ServiceLoader.load(Storage.class, Libraries.loader())) {
      if (storage.reads(location)) {
        return storage;
      }
    }
    throw new PgmendException(
        Kind.USAGE,
        "%s: backups are not read from %s://".formatted(location.name(), location.scheme()),
        "Name a file, a directory, - for a pipe, or an s3://, gs://, az:// or https:// location.");
  }
}
