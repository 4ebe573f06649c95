/// What a run did, written down for people and for the post-mortem: one HTML file that needs nothing else. Makes text of what it is
/// given, and has no effects.
@NullMarked
package dev.pgmend.report;

import org.jspecify.annotations.NullMarked;
