/// What a run writes down about itself in the target, in the same transaction as the effect: its state, how to undo it, what is
/// still to be settled, and the proof.
@NullMarked
package dev.pgmend.journal;

import org.jspecify.annotations.NullMarked;
