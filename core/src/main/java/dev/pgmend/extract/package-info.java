/// Takes tables out of a backup into a smaller one: a script, or an archive that pg_restore reads. No server is involved.
@NullMarked
package dev.pgmend.extract;

import org.jspecify.annotations.NullMarked;
