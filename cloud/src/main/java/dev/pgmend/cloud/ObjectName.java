package dev.pgmend.cloud;

/// The two parts of `bucket/key`. The key is taken as it is written, nothing in it is decoded.
///
/// @param key empty for the whole bucket
public record ObjectName(String bucket, String key) {
  /// {@return the parts of a location's rest; without a slash all of it is the bucket}
  public static ObjectName of(String rest) {
    int slash = rest.indexOf('/');
    return slash < 0
        ? new ObjectName(rest, "")
        : new ObjectName(rest.substring(0, slash), rest.substring(slash + 1));
  }
}
