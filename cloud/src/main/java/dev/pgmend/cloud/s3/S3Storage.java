package dev.pgmend.cloud.s3;

import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.ObjectName;
import dev.pgmend.cloud.Places;
import dev.pgmend.cloud.Retry;
import dev.pgmend.content.Location;
import dev.pgmend.content.Storage;
import java.util.function.Consumer;

/// Reads `s3://bucket/key`. The key is taken as it is written, nothing in it is decoded.
public final class S3Storage implements Storage {
  private final Environment environment;
  private final Retry retry;

  public S3Storage() {
    this(Environment.ofProcess(), Retry.USUAL);
  }

  S3Storage(Environment environment, Retry retry) {
    this.environment = environment;
    this.retry = retry;
  }

  @Override
  public boolean reads(Location location) {
    return location.scheme().equals("s3");
  }

  @Override
  public Found open(Location location, Consumer<AutoCloseable> owner) {
    ObjectName object = ObjectName.of(location.rest());
    S3Bucket opened = S3Bucket.open(object.bucket(), environment);
    owner.accept(opened);
    return Places.find(opened, object.key(), retry);
  }
}
