package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import java.time.LocalDateTime;
import org.jspecify.annotations.Nullable;

/// What an archive says about itself.
///
/// @param minorVersion of the archive version 1.x
/// @param created local time of the host that dumped, whose zone is not known; null if nonsense
/// @param databaseName as pg_dump was told it, in an encoding that the archive does not state
/// @param serverVersion free text, `15.20 (Debian 15.20-0+deb12u1)`
/// @param dumpVersion of pg_dump, likewise
public record ArchiveHeader(
    int minorVersion,
    Format format,
    Compression compression,
    @Nullable LocalDateTime created,
    String databaseName,
    String serverVersion,
    String dumpVersion) {

  /// The same for a live database of which pg_dump wrote it.
  ArchiveHeader live() {
    return new ArchiveHeader(
        minorVersion, Format.LIVE, compression, created, databaseName, serverVersion, dumpVersion);
  }

  /// The same with its text decoded, as far as it can be.
  ArchiveHeader decoded(TextEncoding encoding) {
    return new ArchiveHeader(
        minorVersion,
        format,
        compression,
        created,
        encoding.decodeIfPossible(databaseName),
        encoding.decodeIfPossible(serverVersion),
        encoding.decodeIfPossible(dumpVersion));
  }

  /// {@return the major version of the dumped server, 9 for 9.6, 0 if it cannot be told}
  public int serverMajor() {
    return major(serverVersion);
  }

  /// {@return the major version of pg_dump, likewise}
  public int dumpMajor() {
    return major(dumpVersion);
  }

  private static int major(String version) {
    int major = 0;
    for (int i = 0; i < version.length() && i < 3; i++) {
      int digit = version.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      major = major * 10 + digit;
    }
    return major;
  }
}
