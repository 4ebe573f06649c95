/// Backups in Amazon S3 and in what speaks its protocol. Only here is the SDK known.
@NullMarked
package dev.pgmend.cloud.s3;

import org.jspecify.annotations.NullMarked;
