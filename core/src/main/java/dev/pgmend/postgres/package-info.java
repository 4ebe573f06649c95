/// The connection to the target: connection strings, sessions, SQLSTATEs. The only package that names pgjdbc's own types.
@NullMarked
package dev.pgmend.postgres;

import org.jspecify.annotations.NullMarked;
