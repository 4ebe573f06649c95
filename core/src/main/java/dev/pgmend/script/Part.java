package dev.pgmend.script;

/// A piece of a script, from the first byte of it on.
sealed interface Part {
  long offset();

  /// A statement without its semicolon, still undecoded.
  record Sql(long offset, byte[] text) implements Part {}

  /// A COPY statement and its rows: where they begin, how many bytes and lines they are. The line `\.` follows them.
  record Copy(long offset, byte[] head, long rowsOffset, long length, long rows) implements Part {}

  /// INSERT statements, one after the other, that are the same up to VALUES.
  record Inserts(long offset, byte[] head, long length, boolean defaultValues) implements Part {}

  /// The statements that fill large objects, one after the other, with BEGIN, COMMIT and comments between them.
  record LargeObjects(long offset, long length) implements Part {}

  /// A line that begins with `--`, without the hyphens.
  record Comment(long offset, byte[] text) implements Part {}

  /// A psql command, without the backslash.
  record Command(long offset, byte[] text) implements Part {}
}
