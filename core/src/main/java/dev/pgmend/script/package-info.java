/// Plain SQL scripts of pg_dump and pg_dumpall, read as what they are: SQL, psql commands and the rows of COPY. Nothing in them is
/// executed.
@NullMarked
package dev.pgmend.script;

import org.jspecify.annotations.NullMarked;
