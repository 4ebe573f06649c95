package dev.pgmend.codec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.Checksum;
import java.util.zip.DataFormatException;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Deflated data with a header and a checksum around them, perhaps several one after the other.
abstract class DeflateInputStream extends InputStream {
  private static final int FEW_BYTES = 16 * 1024;
  private static final int BUFFER_BYTES = 256 * 1024;

  private final InputStream source;
  private final String name;
  private final Checksum sum;
  private final byte[] single = new byte[1];
  private byte[] buffer = new byte[FEW_BYTES];
  private @Nullable Inflation inflation;

  /// Whoever reads on after an error gets it again, and not an end.
  private @Nullable IOException failure;

  private int next;
  private int limit;
  private long made;
  private boolean within;
  private boolean finished;

  /// @param name what it is called in errors
  DeflateInputStream(InputStream source, String name, Checksum sum) {
    this.source = source;
    this.name = name;
    this.sum = sum;
  }

  /// Reads what stands before the data.
  ///
  /// {@return whether there are any}
  abstract boolean begin() throws IOException;

  /// Reads what stands after the data.
  ///
  /// @param sum their checksum
  /// @param length how many they were
  abstract void end(long sum, long length) throws IOException;

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (failure != null) {
      throw failure;
    }
    try {
      while (!finished) {
        if (!within && !begun()) {
          break;
        }
        int count = inflate(bytes, offset, length);
        if (count > 0) {
          return count;
        }
      }
      return -1;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private boolean begun() throws IOException {
    within = begin();
    finished = !within;
    if (within) {
      sum.reset();
      made = 0;
      if (inflation != null) {
        inflation.reset();
      }
    }
    return within;
  }

  private int inflate(byte[] bytes, int offset, int length) throws IOException {
    if (inflation == null) {
      // What came at once: a buffer that is not full holds everything.
      inflation = limit == BUFFER_BYTES ? Inflation.forMuch() : Inflation.forLittle();
    }
    if (inflation.wantsInput()) {
      if (next == limit && !fill()) {
        throw new EOFException(name + " is truncated");
      }
      inflation.input(buffer, next, limit - next);
      next = limit;
    }
    int count;
    try {
      count = inflation.inflate(bytes, offset, length);
    } catch (DataFormatException e) {
      throw new ZipException(name + " is damaged: " + e.getMessage());
    }
    sum.update(bytes, offset, count);
    made += count;
    if (inflation.finished()) {
      next = limit - inflation.remaining();
      within = false;
      end(sum.getValue(), made);
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    failure = new IOException(name + " is closed");
    try (source) {
      if (inflation != null) {
        inflation.close();
      }
    }
  }

  final int take() throws IOException {
    int value = takeOrEnd();
    if (value < 0) {
      throw new EOFException(name + " is truncated");
    }
    return value;
  }

  /// {@return the next byte of the source, -1 at its end}
  final int takeOrEnd() throws IOException {
    return next < limit || fill() ? buffer[next++] & 0xff : -1;
  }

  private boolean fill() throws IOException {
    next = 0;
    limit = 0;
    limit = source.readNBytes(buffer, 0, buffer.length);
    if (limit == FEW_BYTES && buffer.length == FEW_BYTES) {
      buffer = Arrays.copyOf(buffer, BUFFER_BYTES);
      limit += source.readNBytes(buffer, limit, BUFFER_BYTES - limit);
    }
    return limit > 0;
  }
}
