package dev.pgmend.archive;

/// Where the data of an archive's entries lies.
interface Members {
  /// Opens the data of an entry that has some.
  MemberInputStream open(Entry entry);

  /// Opens those rows for which a condition holds; only a live database can tell.
  default MemberInputStream open(Entry entry, String condition) {
    throw new IllegalArgumentException("no condition can be asked of an archive");
  }

  /// Reads the large objects that an entry has.
  void largeObjects(Entry entry, LargeObjectReader reader);

  /// The bytes that an entry's data takes in the archive, -1 if that cannot be told.
  long storedSize(Entry entry);

  /// Throws if the end of the archive is missing, as far as that shows without reading all of it.
  void checkWhole();
}
