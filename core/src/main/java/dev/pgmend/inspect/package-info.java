/// What an archive holds, for people who decide what to restore: its tables, what each brings along, what depends on it. Computed
/// from the table of contents alone; the data is measured and not read.
@NullMarked
package dev.pgmend.inspect;

import org.jspecify.annotations.NullMarked;
