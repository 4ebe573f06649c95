package dev.pgmend.archive;

/// Rows in which text was replaced because it could not be had otherwise.
///
/// @param data the rows' entry
/// @param rows how many of them
/// @param encoding the one that the text is not in
/// @param malformed whether the backup's bytes are no text in its encoding (`U+FFFD` instead); else the target's encoding lacks
///     characters of it (`?` instead)
public record Replacement(Entry data, long rows, String encoding, boolean malformed) {}
