/// Putting tables back, from the request to the outcome: the library's front door.
@NullMarked
package dev.pgmend.restore;

import org.jspecify.annotations.NullMarked;
