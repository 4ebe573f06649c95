package dev.pgmend.content;

import dev.pgmend.codec.Wrapper;
import java.io.IOException;
import java.io.InputStream;

/// The bytes inside a compressed file. Going to an offset means decompressing all that comes before.
public record Unwrapped(Content packed, Wrapper wrapper) implements Content {
  @Override
  public boolean near() {
    return packed.near();
  }

  @Override
  public InputStream open(long offset) throws IOException {
    InputStream in = packed.open(0);
    try {
      in = wrapper.open(in);
      in.skipNBytes(offset);
      return in;
    } catch (IOException | RuntimeException | Error e) {
      in.close();
      throw e;
    }
  }
}
