package dev.pgmend.content;

import java.io.IOException;
import java.util.Collection;
import java.util.Optional;

/// Files by name: those of a directory, or those in a tar or zip file.
public interface FileSet {
  /// One file as it is stored.
  ///
  /// @param name with `/` between its parts
  /// @param size in bytes, as stored
  record Stored(String name, long size, Content content) {}

  /// {@return the regular file of that name}
  /// @throws IOException also if the name is that of something else, such as a symbolic link
  Optional<Stored> find(String name) throws IOException;

  /// {@return all regular files, in their order}
  Collection<Stored> files() throws IOException;
}
