/// Real PostgreSQL servers and fresh databases for the tests.
@NullMarked
package dev.pgmend.testing;

import org.jspecify.annotations.NullMarked;
