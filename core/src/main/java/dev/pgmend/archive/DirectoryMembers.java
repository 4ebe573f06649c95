package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import dev.pgmend.content.FileSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The data of a directory or tar archive: a file per entry, `4010.dat` or with the suffix of a
/// compression. Names come from outside: only pg_dump's own are taken.
final class DirectoryMembers implements Members {
  private static final Pattern DATA_NAME = Pattern.compile("[0-9]+\\.dat");
  private static final Pattern LARGE_OBJECT =
      Pattern.compile("([0-9]{1,10}) (blob_[0-9]{1,10}\\.dat)");
  private static final Pattern LARGE_OBJECTS_NAME = Pattern.compile("blobs(_[0-9]+)?\\.toc");

  private final String archive;
  private final FileSet files;
  private final String prefix;
  private final Toc toc;

  DirectoryMembers(String archive, FileSet files, String prefix, Toc toc) {
    this.archive = archive;
    this.files = files;
    this.prefix = prefix;
    this.toc = toc;
  }

  static boolean isFileName(String name) {
    return DATA_NAME.matcher(name).matches() || LARGE_OBJECTS_NAME.matcher(name).matches();
  }

  /// A file as it is stored.
  record Stored(FileSet.Stored file, String path, Compression compression) {}

  /// The file of that name, compressed or not. The path is for messages.
  static Optional<Stored> find(String archive, FileSet files, String prefix, String name) {
    for (Compression compression : Compression.values()) {
      String stored = prefix + name + compression.suffix();
      String path = archive + "/" + stored;
      try {
        Optional<FileSet.Stored> file = files.find(stored);
        if (file.isPresent()) {
          return Optional.of(new Stored(file.get(), path, compression));
        }
      } catch (IOException e) {
        throw ArchiveException.of(path, String.valueOf(e.getMessage()), null, e);
      }
    }
    return Optional.empty();
  }

  @Override
  public MemberInputStream open(Entry entry) {
    return open(entry, find(entry));
  }

  /// A file lists the objects, `4200001 blob_4200001.dat`, and each is a file.
  @Override
  public void largeObjects(Entry entry, LargeObjectReader reader) {
    // In a tar file the entry names another one, which is not there.
    String own = "blobs_" + entry.dumpId() + ".toc";
    String name =
        entry.data() instanceof DataMember.InFile(String named)
                && LARGE_OBJECTS_NAME.matcher(named).matches()
            ? named
            : find(archive, files, prefix, own).isPresent() ? own : "blobs.toc";
    try (var list =
        new BufferedReader(
            new InputStreamReader(open(entry, stored(entry, name)), StandardCharsets.US_ASCII))) {
      for (String line = list.readLine(); line != null; line = list.readLine()) {
        Matcher parts = LARGE_OBJECT.matcher(line);
        if (!parts.matches()) {
          throw ArchiveException.of(
              archive, entry, "file " + name + " has a line that lists no large object", null);
        }
        long oid = Long.parseLong(parts.group(1));
        if (reader.wants(oid)) {
          try (MemberInputStream content = open(entry, stored(entry, parts.group(2)))) {
            reader.read(oid, content);
          }
        }
      }
    } catch (IOException e) {
      throw ArchiveException.of(
          archive, entry, "cannot read large objects: " + e.getMessage(), null);
    }
  }

  private MemberInputStream open(Entry entry, Stored stored) {
    CountingInputStream bytes;
    try {
      bytes = new CountingInputStream(stored.file().content().open(0));
    } catch (IOException e) {
      throw ArchiveException.at(stored.path(), entry, 0, "cannot open: " + e, e);
    }
    return new MemberInputStream(
        stored.path(),
        entry,
        bytes::count,
        stored.compression(),
        compression -> compression.openFile(bytes));
  }

  @Override
  public long storedSize(Entry entry) {
    return isTableData(entry) ? find(entry).file().size() : -1;
  }

  @Override
  public void checkWhole() {
    for (Entry entry : toc.entries()) {
      if (entry.desc().equals("TABLE DATA") && isTableData(entry)) {
        find(entry);
      }
    }
  }

  private Stored find(Entry entry) {
    if (!(entry.data() instanceof DataMember.InFile(String name)) || !isTableData(entry)) {
      throw ArchiveException.of(archive, entry, "is not the data of a table", null);
    }
    return stored(entry, name);
  }

  private Stored stored(Entry entry, String name) {
    return find(archive, files, prefix, name)
        .orElseThrow(() ->
            ArchiveException.of(
                archive,
                entry,
                "data file " + name + " is missing, with and without .gz, .lz4, .zst",
                null));
  }

  private static boolean isTableData(Entry entry) {
    return !entry.desc().equals("BLOBS")
        && entry.data() instanceof DataMember.InFile(String name)
        && DATA_NAME.matcher(name).matches();
  }
}
