/// pgmend's library: put a table back, prove it, and leave everything else alone. Prints nothing and never exits.
@NullMarked
package dev.pgmend;

import org.jspecify.annotations.NullMarked;
