/// What the user wants to hold before a restore is committed and after it: queries, commands and HTTP probes, read from a YAML
/// file. Knows nothing of plans; [dev.pgmend.restore.CheckedRestore] asks at the right moments.
@NullMarked
package dev.pgmend.checks;

import org.jspecify.annotations.NullMarked;
