package dev.pgmend.extract;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes the primitives of an archive, numbers of 4 and offsets of 8 bytes, little-endian.
final class ArchiveOutput {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Charset charset;

  ArchiveOutput(Charset charset) {
    this.charset = charset;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  ArchiveOutput raw(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  /// A sign byte, and the magnitude.
  ArchiveOutput number(int value) {
    bytes.write(value < 0 ? 1 : 0);
    little(Math.abs((long) value), 4);
    return this;
  }

  ArchiveOutput text(@Nullable String value) {
    if (value == null) {
      return number(-1);
    }
    byte[] encoded = value.getBytes(charset);
    number(encoded.length);
    bytes.writeBytes(encoded);
    return this;
  }

  ArchiveOutput ascii(String value) {
    bytes.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  /// @param state 1 = not known, 2 = known, 3 = no data
  ArchiveOutput offset(int state, long offset) {
    bytes.write(state);
    little(offset, 8);
    return this;
  }

  private void little(long value, int size) {
    for (int i = 0; i < size; i++) {
      bytes.write((int) (value >>> (8 * i)));
    }
  }
}
