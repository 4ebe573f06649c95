/// Backups in Azure Blob Storage, by its REST API.
@NullMarked
package dev.pgmend.cloud.azure;

import org.jspecify.annotations.NullMarked;
