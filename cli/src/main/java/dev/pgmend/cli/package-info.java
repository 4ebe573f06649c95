/// The command line: the only place that prints and that maps errors to exit codes.
@NullMarked
package dev.pgmend.cli;

import org.jspecify.annotations.NullMarked;
