/// A live database as the source of a restore: its definitions by pg_dump, its rows by COPY, all under one snapshot. Nothing is ever
/// written there.
@NullMarked
package dev.pgmend.live;

import org.jspecify.annotations.NullMarked;
