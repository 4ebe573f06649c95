/// pg_dump archives, read natively: header, table of contents, entries and their data streams.
@NullMarked
package dev.pgmend.archive;

import org.jspecify.annotations.NullMarked;
