package dev.pgmend.archive;

import java.io.IOException;

/// Where the data of an archive's entries lies.
sealed interface Members extends AutoCloseable permits CustomMembers, DirectoryMembers {
  /// Opens the data of an entry that has some.
  MemberInputStream open(Entry entry);

  /// The bytes that an entry's data takes in the archive, -1 if that cannot be told.
  long storedSize(Entry entry);

  @Override
  void close() throws IOException;
}
