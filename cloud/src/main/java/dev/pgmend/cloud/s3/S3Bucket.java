package dev.pgmend.cloud.s3;

import dev.pgmend.cloud.Bucket;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.RemoteObject;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// A bucket, read with the SDK.
final class S3Bucket implements Bucket, AutoCloseable {
  private final S3Client client;
  private final String bucket;
  private final S3Failures failures;

  private S3Bucket(S3Client client, String bucket, S3Failures failures) {
    this.client = client;
    this.bucket = bucket;
    this.failures = failures;
  }

  static S3Bucket open(String bucket, Environment environment) {
    S3Failures failures = new S3Failures("s3://" + bucket);
    try {
      return new S3Bucket(S3Clients.create(environment), bucket, failures);
    } catch (SdkException | IllegalArgumentException e) {
      throw failures.unusable(e);
    }
  }

  @Override
  public String name() {
    return "s3://" + bucket;
  }

  @Override
  public Optional<RemoteObject> find(String key) throws IOException {
    String name = name() + "/" + key;
    try {
      HeadObjectResponse head = client.headObject(request -> request.bucket(bucket).key(key));
      if (head.contentLength() == null) {
        throw Failures.unexpected(name, "the server does not say how long it is");
      }
      return Optional.of(new Version(key, head.contentLength(), head.eTag(), head.lastModified()));
    } catch (S3Exception e) {
      if (e.statusCode() == 404) {
        return Optional.empty();
      }
      // The answer to HEAD has no body that could say why; that to GET has.
      if (e.statusCode() / 100 == 4) {
        why(key);
      }
      throw failures.of(name, e);
    } catch (SdkException e) {
      throw failures.of(name, e);
    }
  }

  private void why(String key) throws IOException {
    try (ResponseInputStream<GetObjectResponse> first =
        client.getObject(request -> request.bucket(bucket).key(key).range("bytes=0-0"))) {
      first.abort();
    } catch (SdkException e) {
      throw failures.of(name() + "/" + key, e);
    }
  }

  @Override
  public Page list(String prefix, @Nullable String next) throws IOException {
    try {
      ListObjectsV2Response listed =
          client.listObjectsV2(request ->
              request.bucket(bucket).prefix(prefix).delimiter("/").continuationToken(next));
      List<RemoteObject> objects = new ArrayList<>();
      for (S3Object object : listed.contents()) {
        objects.add(new Version(object.key(), object.size(), object.eTag(), object.lastModified()));
      }
      return new Page(
          objects,
          Boolean.TRUE.equals(listed.isTruncated()) ? listed.nextContinuationToken() : null);
    } catch (SdkException e) {
      throw failures.of(name() + "/" + prefix, e);
    }
  }

  @Override
  public void close() {
    client.close();
  }

  /// An object as it was when it was found, known by its ETag; where a server has none, by its time.
  private final class Version implements RemoteObject {
    private final String key;
    private final long size;
    private final @Nullable String tag;
    private final @Nullable Instant time;

    Version(String key, long size, @Nullable String tag, @Nullable Instant time) {
      this.key = key;
      this.size = size;
      this.tag = tag;
      // A list tells it more exactly than an answer's header.
      this.time = time == null ? null : time.truncatedTo(ChronoUnit.SECONDS);
    }

    @Override
    public String name() {
      return S3Bucket.this.name() + "/" + key;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public InputStream open(long from, long to) throws IOException {
      ResponseInputStream<GetObjectResponse> body;
      try {
        body =
            client.getObject(request ->
                request
                    .bucket(bucket)
                    .key(key)
                    .ifMatch(tag)
                    .range("bytes=%d-%d".formatted(from, to - 1)));
      } catch (S3Exception e) {
        throw e.statusCode() == 412 || e.statusCode() == 404 || e.statusCode() == 416
            ? Failures.changed(name())
            : failures.of(name(), e);
      } catch (SdkException e) {
        throw failures.of(name(), e);
      }
      // Not every server heeds a condition.
      if (!isSame(body.response())) {
        body.abort();
        throw Failures.changed(name());
      }
      return new AbortingInputStream(body, to - from);
    }

    private boolean isSame(GetObjectResponse now) {
      String range = now.contentRange();
      return range != null
          && range.endsWith("/" + size)
          && (tag == null
              ? now.eTag() == null && Objects.equals(time, now.lastModified())
              : tag.equals(now.eTag()));
    }
  }
}
