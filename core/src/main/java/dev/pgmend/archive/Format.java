package dev.pgmend.archive;

/// The archive formats that are read.
public enum Format {
  /// One file, `pg_dump -Fc`.
  CUSTOM,
  /// A directory with a file per table, `pg_dump -Fd`.
  DIRECTORY,
  /// The same in a tar file, `pg_dump -Ft`.
  TAR,
  /// A script, `pg_dump -Fp` or pg_dumpall.
  PLAIN,
  /// None: a live database, of which pg_dump has told the table of contents.
  LIVE
}
