package dev.pgmend.content;

import java.io.IOException;
import java.io.InputStream;

/// Bytes that can be read as often as wanted, always from the same first to the same last one.
/// Several threads may read at once, each its own stream.
public interface Content {
  /// {@return the bytes from an offset on; where there is no shorter way, those before it are read
  /// and thrown away}
  /// @throws java.io.EOFException if there are fewer bytes
  InputStream open(long offset) throws IOException;

  /// {@return whether reading here and there costs little, as in a file} If not, a few long reads are better than many short ones,
  /// and nothing should be read twice.
  default boolean near() {
    return true;
  }

  /// {@return the first bytes, at most that many}
  default byte[] head(int count) throws IOException {
    try (InputStream in = open(0)) {
      return in.readNBytes(count);
    }
  }
}
