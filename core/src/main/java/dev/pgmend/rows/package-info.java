/// Looking at a table's rows in a backup, all of them or those that a predicate picks, without a server of the user's.
@NullMarked
package dev.pgmend.rows;

import org.jspecify.annotations.NullMarked;
