package dev.pgmend.codec;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Undoes deflate (RFC 1951), piece by piece, without the header and checksum that zlib and gzip put around it. Holds native memory
/// until closed. Not thread-safe.
interface Inflation extends AutoCloseable {
  /// Gives further bytes, when it wants some. They are not changed until it wants the next.
  void input(byte[] bytes, int offset, int length);

  /// {@return whether it has nothing left to go on with}
  boolean wantsInput();

  /// {@return how many bytes were put into the array; 0 if it wants input, or has come to the end}
  int inflate(byte[] bytes, int offset, int length) throws DataFormatException;

  /// {@return whether the data have come to their end}
  boolean finished();

  /// {@return how many of the bytes that were given come after the end}
  int remaining();

  /// Begins anew, with other data.
  void reset();

  @Override
  void close();

  /// {@return the fastest one for much data, where there is a faster one than the JDK's}
  static Inflation forMuch() {
    return Isal.available() ? new IsalInflation() : new Jdk();
  }

  /// {@return one that is ready at once}
  static Inflation forLittle() {
    return new Jdk();
  }

  /// The JDK's, which is zlib's.
  final class Jdk implements Inflation {
    private final Inflater inflater = new Inflater(true);

    @Override
    public void input(byte[] bytes, int offset, int length) {
      inflater.setInput(bytes, offset, length);
    }

    @Override
    public boolean wantsInput() {
      return inflater.needsInput();
    }

    @Override
    public int inflate(byte[] bytes, int offset, int length) throws DataFormatException {
      return inflater.inflate(bytes, offset, length);
    }

    @Override
    public boolean finished() {
      return inflater.finished();
    }

    @Override
    public int remaining() {
      return inflater.getRemaining();
    }

    @Override
    public void reset() {
      inflater.reset();
    }

    @Override
    public void close() {
      inflater.end();
    }
  }
}
