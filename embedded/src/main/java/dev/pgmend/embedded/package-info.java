/// A throwaway PostgreSQL server on loopback, for the demo and the tests.
@NullMarked
package dev.pgmend.embedded;

import org.jspecify.annotations.NullMarked;
