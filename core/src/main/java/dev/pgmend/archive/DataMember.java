package dev.pgmend.archive;

/// Where the data of an entry is.
public sealed interface DataMember {
  /// The entry has no data.
  record None() implements DataMember {}

  /// In a block of a custom archive, `offset` bytes from its start.
  record AtOffset(long offset) implements DataMember {}

  /// In a block of a custom archive that was written to a pipe, so that its place is not known
  /// before the blocks are looked through.
  record OffsetUnknown() implements DataMember {}

  /// In a file of a directory archive; the name has no compression suffix.
  record InFile(String name) implements DataMember {}
}
