/// Backups in object stores and behind web servers, read by ranges: what is common to all of them.
@NullMarked
package dev.pgmend.cloud;

import org.jspecify.annotations.NullMarked;
