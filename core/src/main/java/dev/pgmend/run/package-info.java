/// Carrying a plan out: the only package with effects on the target.
@NullMarked
package dev.pgmend.run;

import org.jspecify.annotations.NullMarked;
