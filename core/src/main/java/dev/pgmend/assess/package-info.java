/// What a database has lost since the backup: objects, definitions, rights, rows. Reads; changes nothing.
@NullMarked
package dev.pgmend.assess;

import org.jspecify.annotations.NullMarked;
