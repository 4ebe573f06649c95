package dev.pgmend.load;

/// The part of a table in which a live source and the target differ: both servers have hashed all rows, chunk by chunk, and the others are
/// the same, byte by byte.
///
/// @param source SQL for whether a row of the source is in it, by the plain names of its columns
/// @param live SQL for whether a row l of the target is in it
/// @param total a query for the number of rows of the target's table, n, and what their hashes add up to modulo 2^64, sum
/// @param rows how many rows the source has
/// @param sum what their hashes add up to
/// @param chunks how many chunks the source has
/// @param differing how many chunks differ
public record Scope(
    String source, String live, String total, long rows, long sum, int chunks, int differing) {
  /// {@return how much was compared how, in words}
  public String words() {
    return differing == 0
        ? "both servers hashed all rows: none of %d chunks differ".formatted(chunks)
        : "both servers hashed all rows: %d of %d chunks differ, and only these were read"
            .formatted(differing, chunks);
  }
}
