/// What a restore will do, decided before anything is touched. Pure: a function of the closure, the snapshot and the request.
@NullMarked
package dev.pgmend.plan;

import org.jspecify.annotations.NullMarked;
