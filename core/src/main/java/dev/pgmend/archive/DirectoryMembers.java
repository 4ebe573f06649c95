package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Pattern;

/// The data of a directory archive: a file per entry, `4010.dat` or with the suffix of a
/// compression. Names come from outside: only pg_dump's own are taken, and no symbolic links.
final class DirectoryMembers implements Members {
  private static final Pattern DATA_NAME = Pattern.compile("[0-9]+\\.dat");
  private static final Pattern LARGE_OBJECTS_NAME = Pattern.compile("blobs(_[0-9]+)?\\.toc");

  private final Path directory;

  DirectoryMembers(Path directory) {
    this.directory = directory;
  }

  static boolean isFileName(String name) {
    return DATA_NAME.matcher(name).matches() || LARGE_OBJECTS_NAME.matcher(name).matches();
  }

  /// A file as it is on disk.
  record Stored(Path file, Compression compression) {
    FileChannel open() throws IOException {
      return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }
  }

  /// The file of that name, compressed or not.
  static Optional<Stored> find(Path directory, String name) {
    for (Compression compression : Compression.values()) {
      Path file = directory.resolve(name + compression.suffix());
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw ArchiveException.of(file, "is not a regular file");
        }
        return Optional.of(new Stored(file, compression));
      }
    }
    return Optional.empty();
  }

  @Override
  public MemberInputStream open(Entry entry) {
    Stored stored = find(entry);
    FileChannel channel;
    try {
      channel = stored.open();
    } catch (IOException e) {
      throw ArchiveException.at(stored.file(), entry, 0, "cannot open: " + e, e);
    }
    InputStream bytes = Channels.newInputStream(channel);
    return new MemberInputStream(
        stored.file(),
        entry,
        () -> position(channel),
        stored.compression(),
        compression -> compression.openFile(bytes));
  }

  @Override
  public long storedSize(Entry entry) {
    if (!isTableData(entry)) {
      return -1;
    }
    Stored stored = find(entry);
    try {
      return Files.size(stored.file());
    } catch (IOException e) {
      throw ArchiveException.at(stored.file(), entry, 0, "cannot tell the size: " + e, e);
    }
  }

  @Override
  public void close() {}

  private Stored find(Entry entry) {
    if (!(entry.data() instanceof DataMember.InFile(String name)) || !isTableData(entry)) {
      throw ArchiveException.of(directory, entry, "large objects are not read", null);
    }
    return find(directory, name)
        .orElseThrow(() ->
            ArchiveException.of(
                directory,
                entry,
                "data file " + name + " is missing, with and without .gz, .lz4, .zst",
                null));
  }

  private static boolean isTableData(Entry entry) {
    return entry.data() instanceof DataMember.InFile(String name)
        && DATA_NAME.matcher(name).matches();
  }

  private static long position(FileChannel channel) {
    try {
      return channel.position();
    } catch (IOException _) {
      return 0;
    }
  }
}
