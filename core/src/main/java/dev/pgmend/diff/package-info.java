/// What differs between a backup and the target today, without changing either: rows are compared on the server, in temporary
/// tables of a transaction that is rolled back.
@NullMarked
package dev.pgmend.diff;

import org.jspecify.annotations.NullMarked;
