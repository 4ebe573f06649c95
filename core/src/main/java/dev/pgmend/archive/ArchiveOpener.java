package dev.pgmend.archive;

import dev.pgmend.archive.CustomMembers.Layout;
import dev.pgmend.archive.DirectoryMembers.Stored;
import dev.pgmend.codec.Compression;
import dev.pgmend.codec.Wrapper;
import dev.pgmend.content.ByteSource;
import dev.pgmend.content.Content;
import dev.pgmend.content.FileSet;
import dev.pgmend.content.Spool;
import dev.pgmend.content.Storage;
import dev.pgmend.content.TarFiles;
import dev.pgmend.content.Unwrapped;
import dev.pgmend.content.ZipFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Finds out what a file or directory is, unpacks as far as it must, and makes an [Archive] of it.
final class ArchiveOpener implements AutoCloseable {
  /// `app.sql.gz` in a `.tar.zst` is three deep already; nobody packs deeper.
  private static final int DEPTH_MAX = 6;

  /// A compressed table of contents is unpacked in memory.
  private static final int UNPACKED_TOC_MAX = 512 << 20;

  private static final String TOC = "toc.dat";

  /// What messages call it.
  private final String path;

  private final Reading reading;
  private final List<AutoCloseable> resources = new ArrayList<>();
  private final List<String> wrapping = new ArrayList<>();

  private FoundPlaces places = FoundPlaces.none();

  ArchiveOpener(String path, Reading reading) {
    this.path = path;
    this.reading = reading;
  }

  /// Opens a file whose places may be remembered, if it is not packed.
  Archive file(ByteSource source, FoundPlaces found) throws IOException {
    this.places = found;
    return file(source);
  }

  /// Closed together with the archive, or with this if nothing was opened.
  <T extends AutoCloseable> T owned(T resource) {
    resources.add(resource);
    return resource;
  }

  Reading reading() {
    return reading;
  }

  Archive file(Content content) throws IOException {
    if (wrapping.size() >= DEPTH_MAX) {
      throw ArchiveException.of(path, "is packed too often: " + String.join(" in ", wrapping));
    }
    byte[] head = content.head(FileKind.HEAD_BYTES);
    return switch (FileKind.of(head)) {
      case CUSTOM -> custom(seekable(content));
      case WRAPPED -> unwrap(content, head);
      case TAR -> inside("tar", new TarFiles(seekable(content)));
      case ZIP -> inside("zip", new ZipFiles(seekable(content)));
      case SCRIPT ->
          new ScriptOpener(path, nearer(content), places(), kept(content))
              .open(List.copyOf(wrapping), this);
      case OTHER -> throw FileKind.refuse(path, head);
    };
  }

  /// Going back in what is compressed means reading it from its beginning again.
  private KeptRows kept(Content script) {
    return owned(new KeptRows(script instanceof ByteSource ? _ -> false : reading.likely()));
  }

  private FoundPlaces places() {
    return wrapping.isEmpty() ? places : FoundPlaces.none();
  }

  Archive directory(FileSet files) throws IOException {
    if (DirectoryMembers.find(path, files, "", TOC).isEmpty()) {
      throw refuseDirectory(files);
    }
    return directory(files, "", Format.DIRECTORY);
  }

  @Override
  public void close() {
    for (AutoCloseable resource : resources.reversed()) {
      try {
        resource.close();
      } catch (Exception e) {
        throw ArchiveException.of(path, "cannot close: " + e, null, e);
      }
    }
    resources.clear();
  }

  Archive found(Storage.Found found) throws IOException {
    return switch (found) {
      case Storage.Found.One(var content) -> file(content);
      case Storage.Found.Directory(var files) -> directory(files);
    };
  }

  /// A compressed script is read from its beginning twice, once for what is in it and once for rows. What is far away is copied,
  /// compressed as it is, when that is read first.
  private Content nearer(Content script) throws IOException {
    return script instanceof Unwrapped(var packed, var wrapper) && !script.near()
        ? new Unwrapped(packed instanceof Unwrapped ? nearer(packed) : spool(packed), wrapper)
        : script;
  }

  private Archive unwrap(Content content, byte[] head) throws IOException {
    Wrapper wrapper = Wrapper.of(head).orElseThrow();
    wrapping.add(wrapper.name().toLowerCase(Locale.ROOT));
    return file(new Unwrapped(content, wrapper));
  }

  /// An archive in which blocks have to be found cannot be read out of a compressed stream.
  private ByteSource seekable(Content content) throws IOException {
    if (content instanceof ByteSource source) {
      return source;
    }
    return spool(content);
  }

  private Spool spool(Content content) throws IOException {
    try (InputStream in = content.open(0)) {
      return owned(Spool.of(in));
    }
  }

  private Archive custom(ByteSource source) throws IOException {
    var in = new ArchiveInput(source, path, 0, null);
    var reader = new TocReader(path, in, Format.CUSTOM);
    ArchiveHeader header = reader.readHeader();
    long start = in.position();
    List<Entry> entries = reader.readEntries();
    long end = in.position();
    ByteSource blocks = source;
    Optional<AppendedToc> appended =
        AppendedToc.find(source, path, reader, entries, end, end - start);
    if (appended.isPresent()) {
      entries = appended.get().entries();
      blocks = appended.get().blocks();
    }
    Toc toc = new TocDecoder(path, header.serverMajor()).decode(entries);
    var layout = new Layout(header.compression(), in.intSize(), end);
    return archive(header, toc, new CustomMembers(path, blocks, layout, toc, places()));
  }

  /// A live database: what pg_dump tells of it, up to where the rows begin.
  Archive live(InputStream dump, LiveData data) {
    var reader =
        new TocReader(path, new ArchiveInput(new PipedSource(dump), path, 0, null), Format.CUSTOM);
    ArchiveHeader header = reader.readHeader();
    Toc toc = new TocDecoder(path, header.serverMajor()).decode(reader.readEntries());
    return archive(header.live(), toc, new LiveMembers(path, toc, data));
  }

  /// The dump in a tar or zip file: a directory archive, or the only file that is one.
  private Archive inside(String kind, FileSet files) throws IOException {
    List<String> tables = new ArrayList<>();
    List<FileSet.Stored> dumps = new ArrayList<>();
    for (FileSet.Stored file : files.files()) {
      String name = file.name().substring(file.name().lastIndexOf('/') + 1);
      if (name.matches("toc\\.dat(\\.gz|\\.lz4|\\.zst)?")) {
        tables.add(file.name().substring(0, file.name().length() - name.length()));
      }
    }
    if (tables.isEmpty()) {
      for (FileSet.Stored file : files.files()) {
        if (FileKind.of(file.content().head(FileKind.HEAD_BYTES)).known()) {
          dumps.add(file);
        }
      }
    }
    if (tables.size() + dumps.size() != 1) {
      throw refuse(kind, tables, dumps);
    }
    if (tables.isEmpty()) {
      wrapping.add(kind);
      return file(dumps.getFirst().content());
    }
    boolean own = kind.equals("tar") && files.find(tables.getFirst() + "restore.sql").isPresent();
    if (!own) {
      wrapping.add(kind);
    }
    return directory(files, tables.getFirst(), own ? Format.TAR : Format.DIRECTORY);
  }

  private ArchiveException refuse(String kind, List<String> tables, List<FileSet.Stored> dumps) {
    List<String> names = new ArrayList<>(tables);
    dumps.forEach(dump -> names.add(dump.name()));
    return names.isEmpty()
        ? ArchiveException.of(path, "is a " + kind + " file without a dump in it")
        : ArchiveException.of(
            path,
            "is a %s file with several dumps in it: %s"
                .formatted(kind, String.join(", ", names.subList(0, Math.min(10, names.size())))),
            "Unpack the one that you want.",
            null);
  }

  private Archive directory(FileSet files, String prefix, Format format) throws IOException {
    Stored stored =
        DirectoryMembers.find(path, files, prefix, TOC)
            .orElseThrow(() -> ArchiveException.of(path, "has no " + TOC));
    String file = stored.path();
    ByteSource source =
        stored.compression() == Compression.NONE
                && stored.file().content() instanceof ByteSource seekable
            ? seekable
            : ByteSource.of(unpack(stored));
    var reader = new TocReader(file, new ArchiveInput(source, file, 0, null), format);
    ArchiveHeader header = reader.readHeader();
    Toc toc = new TocDecoder(file, header.serverMajor()).decode(reader.readEntries());
    return archive(header, toc, new DirectoryMembers(path, files, prefix, toc));
  }

  private Archive archive(ArchiveHeader header, Toc toc, Members members) {
    Archive archive =
        new Archive(
            path,
            header,
            List.copyOf(wrapping),
            toc,
            members,
            this,
            toc.standardConformingStrings());
    var only = new DatabaseChoice.Candidate(archive.header().databaseName(), () -> archive);
    return reading.database().choose(path, List.of(only));
  }

  private static byte[] unpack(Stored stored) {
    long max = Math.min(UNPACKED_TOC_MAX, Runtime.getRuntime().maxMemory() / 8);
    try (InputStream content = stored.compression().openFile(stored.file().content().open(0))) {
      byte[] bytes = content.readNBytes((int) max);
      if (content.read() >= 0) {
        throw ArchiveException.of(
            stored.path(),
            "table of contents has more than " + max + " bytes",
            "Unpack it beforehand, or give Java a larger heap with -Xmx.",
            null);
      }
      return bytes;
    } catch (IOException e) {
      throw ArchiveException.of(
          stored.path(), "cannot unpack the table of contents: " + e.getMessage(), null, e);
    }
  }

  private ArchiveException refuseDirectory(FileSet files) throws IOException {
    if (exists(files, "toc.glo") || exists(files, "map.dat")) {
      return ArchiveException.of(
          path,
          "is an archive of pg_dumpall",
          "Give one of the archives in its directory \"databases\".",
          null);
    }
    return exists(files, "PG_VERSION")
        ? ArchiveException.of(path, "is a data directory of PostgreSQL, not an archive")
        : ArchiveException.of(path, "directory has no toc.dat, so it is not a pg_dump archive");
  }

  private static boolean exists(FileSet files, String name) throws IOException {
    Optional<FileSet.Stored> file = files.find(name);
    return file.isPresent();
  }
}
