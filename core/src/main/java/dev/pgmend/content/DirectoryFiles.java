package dev.pgmend.content;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The files directly in a directory. Symbolic links are not followed.
public record DirectoryFiles(Path directory) implements FileSet {
  @Override
  public Optional<Stored> find(String name) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("is not a regular file");
    }
    long size = Files.size(file);
    return Optional.of(new Stored(name, size, new ClosedFile(file, size)));
  }

  @Override
  public Collection<Stored> files() throws IOException {
    List<Stored> files = new ArrayList<>();
    try (Stream<Path> paths = Files.list(directory)) {
      for (Path file : paths.sorted().toList()) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          files.add(find(file.getFileName().toString()).orElseThrow());
        }
      }
    }
    return files;
  }

  /// A file that is opened for every read and every stream, so that nobody has to close it.
  private record ClosedFile(Path file, long size) implements ByteSource {
    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      try (FileChannel channel = channel()) {
        return channel.read(target, position);
      }
    }

    @Override
    public InputStream open(long offset) throws IOException {
      FileChannel channel = channel();
      return new FilterInputStream(new SourceInputStream(ByteSource.of(channel), offset)) {
        @Override
        public void close() throws IOException {
          channel.close();
        }
      };
    }

    private FileChannel channel() throws IOException {
      return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }
  }
}
