package dev.pgmend.cloud.gcs;

import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.ObjectName;
import dev.pgmend.cloud.Places;
import dev.pgmend.cloud.Retry;
import dev.pgmend.cloud.http.Http;
import dev.pgmend.content.Location;
import dev.pgmend.content.Storage;
import java.util.function.Consumer;

/// Reads `gs://bucket/object`. The object's name is taken as it is written, nothing in it is decoded.
public final class GcsStorage implements Storage {
  private final Environment environment;
  private final Retry retry;

  public GcsStorage() {
    this(Environment.ofProcess(), Retry.USUAL);
  }

  GcsStorage(Environment environment, Retry retry) {
    this.environment = environment;
    this.retry = retry;
  }

  @Override
  public boolean reads(Location location) {
    return location.scheme().equals("gs");
  }

  @Override
  public Found open(Location location, Consumer<AutoCloseable> owner) {
    ObjectName object = ObjectName.of(location.rest());
    Http http = new Http(environment.variables());
    return Places.find(
        new GcsBucket(http, environment, new GoogleCredentials(http, environment), object.bucket()),
        object.key(),
        retry);
  }
}
