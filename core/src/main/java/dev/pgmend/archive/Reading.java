package dev.pgmend.archive;

/// How a backup is to be read.
///
/// @param database which database is meant if it holds several
/// @param replaceMalformed whether rows may have bytes that are no text in the backup's encoding, or characters that the target's
///     cannot hold: they are replaced, and the rows counted
public record Reading(DatabaseChoice database, boolean replaceMalformed) {
  /// One database, and what cannot be read is an error.
  public static final Reading USUAL = new Reading(DatabaseChoice.only(), false);
}
