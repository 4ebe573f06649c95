/// Which entries of an archive one restore concerns: what belongs to the tables, what depends on them, what they need.
@NullMarked
package dev.pgmend.closure;

import org.jspecify.annotations.NullMarked;
