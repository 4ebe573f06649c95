package dev.pgmend.cloud;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// An object in memory that remembers what was asked of it.
final class MemoryObject implements RemoteObject {
  private final byte[] bytes;

  /// What was asked for, `{from, to}` each.
  final List<long[]> asked = new CopyOnWriteArrayList<>();

  /// What becomes of a stream that was asked for.
  volatile Function<InputStream, InputStream> fate = in -> in;

  MemoryObject(byte[] bytes) {
    this.bytes = bytes;
  }

  long fetched() {
    return asked.stream().mapToLong(range -> range[1] - range[0]).sum();
  }

  @Override
  public String name() {
    return "memory://object";
  }

  @Override
  public String key() {
    return "object";
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public InputStream open(long from, long to) throws IOException {
    asked.add(new long[] {from, to});
    return fate.apply(new ByteArrayInputStream(bytes, (int) from, (int) (to - from)));
  }
}
