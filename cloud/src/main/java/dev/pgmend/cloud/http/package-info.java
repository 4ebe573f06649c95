/// Backups behind web servers, and the HTTP client that the stores without an SDK are read with.
@NullMarked
package dev.pgmend.cloud.http;

import org.jspecify.annotations.NullMarked;
