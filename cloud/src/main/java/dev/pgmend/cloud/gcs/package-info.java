/// Backups in Google Cloud Storage, by its JSON API.
@NullMarked
package dev.pgmend.cloud.gcs;

import org.jspecify.annotations.NullMarked;
