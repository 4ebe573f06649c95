package dev.pgmend.archive;

import dev.pgmend.archive.CustomMembers.Layout;
import dev.pgmend.archive.DirectoryMembers.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// An archive of pg_dump, custom or directory, open for reading.
///
/// The header and the table of contents are read when it is opened, data when it is asked for.
/// Several threads may read several members at once; a stream itself belongs to one thread.
/// Interrupting a thread that reads a custom archive closes the archive for all, as [FileChannel]
/// does. The archive is not trusted: whatever is in it, reading ends with the data or with an
/// [ArchiveException], also from the streams' `read`, in bounded memory.
public final class Archive implements AutoCloseable {
  /// A compressed table of contents is unpacked in memory.
  private static final int UNPACKED_TOC_MAX = 512 << 20;

  private final Path path;
  private final ArchiveHeader header;
  private final Toc toc;
  private final Members members;

  private Archive(Path path, ArchiveHeader header, Toc toc, Members members) {
    this.path = path;
    this.header = header.decoded(toc.textEncoding());
    this.toc = toc;
    this.members = members;
  }

  /// Opens a custom archive or the directory of a directory archive; the content tells which.
  public static Archive open(Path path) {
    try {
      if (Files.isDirectory(path)) {
        return openDirectory(path);
      }
      if (!Files.exists(path)) {
        throw ArchiveException.of(path, "no such file or directory");
      }
      if (!Files.isRegularFile(path)) {
        throw ArchiveException.of(path, "is neither a regular file nor a directory");
      }
      return openCustom(path);
    } catch (IOException e) {
      throw ArchiveException.of(path, "cannot read: " + e, null, e);
    }
  }

  public Path path() {
    return path;
  }

  public ArchiveHeader header() {
    return header;
  }

  public Toc toc() {
    return toc;
  }

  /// {@return the rows of a table in COPY's text format and in UTF-8} Each ends in a newline, and
  /// the trailer of the archive is checked and left out. Must be read to its end, for only there is
  /// it known to be complete, and closed.
  public InputStream copyText(Entry tableData) {
    if (!tableData.desc().equals("TABLE DATA")) {
      throw ArchiveException.of(path, tableData, "is not the data of a table", null);
    }
    if (tableData.copyStmt() == null || tableData.copyStmt().isBlank()) {
      throw ArchiveException.of(
          path,
          tableData,
          "data is INSERT statements, which are not read",
          "Dump without --inserts, --column-inserts and --rows-per-insert.");
    }
    return new CopyText(openMember(tableData), toc.textEncoding());
  }

  /// {@return the data of an entry, decompressed and otherwise as it is in the archive} Must be
  /// closed.
  public InputStream openData(Entry entry) {
    return openMember(entry);
  }

  /// {@return how many bytes the data takes in the archive, -1 if that cannot be told} 0 for an
  /// entry without data. The first call looks through an archive without offsets.
  public long storedSize(Entry tableData) {
    return tableData.data() instanceof DataMember.None ? 0 : members.storedSize(tableData);
  }

  @Override
  public void close() {
    try {
      members.close();
    } catch (IOException e) {
      throw ArchiveException.of(path, "cannot close: " + e, null, e);
    }
  }

  private MemberInputStream openMember(Entry entry) {
    if (entry.data() instanceof DataMember.None) {
      throw ArchiveException.of(path, entry, "entry has no data", null);
    }
    return members.open(entry);
  }

  private static Archive openCustom(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      var source = ArchiveInput.Source.of(channel);
      byte[] head = head(source);
      if (!FileKind.isCustom(head)) {
        throw FileKind.refuse(path, head);
      }
      var in = new ArchiveInput(source, path, 0, null);
      var reader = new TocReader(path, in, Format.CUSTOM);
      ArchiveHeader header = reader.readHeader();
      Toc toc = new TocDecoder(path, header.serverMajor()).decode(reader.readEntries());
      var layout = new Layout(header.compression(), in.intSize(), in.position());
      return new Archive(path, header, toc, new CustomMembers(path, channel, source, layout, toc));
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  private static Archive openDirectory(Path path) throws IOException {
    Stored stored = DirectoryMembers.find(path, "toc.dat").orElseThrow(() -> refuseDirectory(path));
    Path file = stored.file();
    try (FileChannel channel = stored.open()) {
      var source =
          switch (stored.compression()) {
            case NONE -> ArchiveInput.Source.of(channel);
            case GZIP, LZ4, ZSTD -> ArchiveInput.Source.of(unpack(stored, channel));
          };
      var reader = new TocReader(file, new ArchiveInput(source, file, 0, null), Format.DIRECTORY);
      ArchiveHeader header = reader.readHeader();
      Toc toc = new TocDecoder(file, header.serverMajor()).decode(reader.readEntries());
      return new Archive(path, header, toc, new DirectoryMembers(path));
    }
  }

  private static byte[] unpack(Stored stored, FileChannel channel) throws IOException {
    long max = Math.min(UNPACKED_TOC_MAX, Runtime.getRuntime().maxMemory() / 8);
    try (InputStream content = stored.compression().openFile(Channels.newInputStream(channel))) {
      byte[] bytes = content.readNBytes((int) max);
      if (content.read() >= 0) {
        throw ArchiveException.of(
            stored.file(),
            "table of contents has more than " + max + " bytes",
            "Unpack it beforehand, or give Java a larger heap with -Xmx.",
            null);
      }
      return bytes;
    } catch (IOException e) {
      throw ArchiveException.of(
          stored.file(), "cannot unpack the table of contents: " + e.getMessage(), null, e);
    }
  }

  private static ArchiveException refuseDirectory(Path path) {
    if (Files.exists(path.resolve("toc.glo"), LinkOption.NOFOLLOW_LINKS)
        || Files.exists(path.resolve("map.dat"), LinkOption.NOFOLLOW_LINKS)) {
      return ArchiveException.of(
          path,
          "is an archive of pg_dumpall",
          "Give one of the archives in its directory \"databases\".",
          null);
    }
    if (Files.exists(path.resolve("PG_VERSION"), LinkOption.NOFOLLOW_LINKS)) {
      return ArchiveException.of(path, "is a data directory of PostgreSQL, not an archive");
    }
    return ArchiveException.of(path, "directory has no toc.dat, so it is not a pg_dump archive");
  }

  private static byte[] head(ArchiveInput.Source source) throws IOException {
    var head = ByteBuffer.allocate((int) Math.min(FileKind.HEAD_BYTES, source.size()));
    while (head.hasRemaining() && source.read(head, head.position()) >= 0) {}
    var bytes = new byte[head.position()];
    head.flip().get(bytes);
    return bytes;
  }
}
