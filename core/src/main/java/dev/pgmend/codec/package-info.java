/// Decompression of the streams inside archives.
@NullMarked
package dev.pgmend.codec;

import org.jspecify.annotations.NullMarked;
