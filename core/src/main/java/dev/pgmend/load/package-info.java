/// Rows on their way: from the backup into a staged table, and back out of it, counted and hashed both times.
@NullMarked
package dev.pgmend.load;

import org.jspecify.annotations.NullMarked;
