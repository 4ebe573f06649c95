/// What the target holds around the tables of a restore, read once and then immutable: the planner's view of the target.
@NullMarked
package dev.pgmend.catalog;

import org.jspecify.annotations.NullMarked;
