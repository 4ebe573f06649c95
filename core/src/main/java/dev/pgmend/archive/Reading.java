package dev.pgmend.archive;

import dev.pgmend.sql.QualifiedName;
import java.util.function.Predicate;

/// How a backup is to be read.
///
/// @param database which database is meant if it holds several
/// @param replaceMalformed whether rows may have bytes that are no text in the backup's encoding, or characters that the target's
///     cannot hold: they are replaced, and the rows counted
/// @param likely tables whose rows are likely to be asked for: those of a compressed script are put aside when they come by
public record Reading(
    DatabaseChoice database, boolean replaceMalformed, Predicate<QualifiedName> likely) {
  /// One database, and what cannot be read is an error.
  public static final Reading USUAL = new Reading(DatabaseChoice.only(), false);

  public Reading(DatabaseChoice database, boolean replaceMalformed) {
    this(database, replaceMalformed, _ -> false);
  }
}
