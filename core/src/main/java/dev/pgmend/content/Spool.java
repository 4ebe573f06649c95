package dev.pgmend.content;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A copy in a file of its own of bytes that can be read only once, or only from the beginning. The
/// file is in the directory for temporary files (`TMPDIR`), nobody else may read it, and it is gone
/// when it is closed or the process ends.
public final class Spool implements ByteSource, AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel channel;
  private final long size;

  private Spool(FileChannel channel, long size) {
    this.channel = channel;
    this.size = size;
  }

  /// Copies all bytes of a stream, which stays open.
  public static Spool of(InputStream in) throws IOException {
    return of(in, -1);
  }

  /// Copies all bytes of a stream, which stays open, if there is room for them.
  ///
  /// @param expected how many there are, -1 if that is not known
  /// @throws PgmendException if there is no room
  public static Spool of(InputStream in, long expected) throws IOException {
    long room = Files.getFileStore(directory()).getUsableSpace();
    if (expected > room) {
      throw new PgmendException(
          Kind.SOURCE,
          "a copy takes %,d bytes, but %s has room for %,d only"
              .formatted(expected, directory(), room),
          "Set TMPDIR to a directory with more room, or fetch the file yourself.");
    }
    FileChannel channel = file();
    try {
      OutputStream out = Channels.newOutputStream(channel);
      byte[] buffer = new byte[BUFFER_BYTES];
      long size = 0;
      for (int count; (count = in.read(buffer)) >= 0; size += count) {
        out.write(buffer, 0, count);
      }
      if (expected >= 0 && size != expected) {
        throw new EOFException("it ends after %d of %d bytes".formatted(size, expected));
      }
      return new Spool(channel, size);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /// {@return an empty file of that kind, open for reading and writing}
  public static FileChannel file() throws IOException {
    // Created with permissions for the owner only; unlinked at once where the system can do that.
    Path file = Files.createTempFile(directory(), "pgmend", ".spool");
    return FileChannel.open(
        file,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  private static Path directory() {
    String named = System.getenv("TMPDIR");
    return Path.of(named == null || named.isEmpty() ? System.getProperty("java.io.tmpdir") : named);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return channel.read(target, position);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
