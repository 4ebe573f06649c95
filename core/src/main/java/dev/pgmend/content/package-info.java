/// The bytes of a backup, wherever they lie: in a file, in a directory, in a tar or zip file, compressed or not.
@NullMarked
package dev.pgmend.content;

import org.jspecify.annotations.NullMarked;
