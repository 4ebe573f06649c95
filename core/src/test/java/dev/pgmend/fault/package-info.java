/// Faults injected into restores: pgmend killed, the server crashed, the connection cut. And others who use the tables meanwhile.
@NullMarked
package dev.pgmend.fault;

import org.jspecify.annotations.NullMarked;
