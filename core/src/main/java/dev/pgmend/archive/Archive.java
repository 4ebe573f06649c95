package dev.pgmend.archive;

import dev.pgmend.PgmendException;
import dev.pgmend.content.ByteSource;
import dev.pgmend.content.DirectoryFiles;
import dev.pgmend.content.Location;
import dev.pgmend.content.Spool;
import dev.pgmend.content.Storage;
import dev.pgmend.script.ScriptEntry.Rows;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.Token;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// An archive of pg_dump, open for reading, in whatever it was packed.
///
/// The header and the table of contents are read when it is opened, data when it is asked for.
/// Several threads may read several members at once; a stream itself belongs to one thread.
/// Interrupting a thread that reads a custom archive closes the archive for all, as [FileChannel]
/// does. The archive is not trusted: whatever is in it, reading ends with the data or with an
/// [ArchiveException], also from the streams' `read`, in bounded memory.
public final class Archive implements AutoCloseable {
  private final String name;
  private final ArchiveHeader header;
  private final List<String> wrapping;
  private final Toc toc;
  private final Members members;
  private final ArchiveOpener resources;
  private final boolean standardStrings;
  private final InsertData inserts;
  private Optional<LiveData> live = Optional.empty();
  private final Map<List<Object>, Replacement> replacements = new ConcurrentHashMap<>();

  Archive(
      String name,
      ArchiveHeader header,
      List<String> wrapping,
      Toc toc,
      Members members,
      ArchiveOpener resources,
      boolean standardStrings) {
    this.name = name;
    this.header = header.decoded(toc.textEncoding());
    this.wrapping = wrapping;
    this.members = members;
    this.inserts = InsertData.of(toc, members);
    this.toc = inserts.toc();
    this.resources = resources;
    this.standardStrings = standardStrings;
  }

  /// Opens a file or the directory of a directory archive; the content tells what it is.
  /// @throws PgmendException of kind USAGE if it holds several databases
  public static Archive open(Path path) {
    return open(path, Reading.USUAL);
  }

  /// Opens a file or the directory of a directory archive; the content tells what it is.
  public static Archive open(Path path, Reading reading) {
    return open(
        path.toString(),
        reading,
        opener -> {
          if (Files.isDirectory(path)) {
            return opener.directory(new DirectoryFiles(path));
          }
          if (!Files.exists(path)) {
            throw ArchiveException.of(path.toString(), "no such file or directory");
          }
          if (!Files.isRegularFile(path)) {
            throw ArchiveException.of(path.toString(), "is neither a regular file nor a directory");
          }
          FileChannel channel = opener.owned(FileChannel.open(path, StandardOpenOption.READ));
          ByteSource source = ByteSource.of(channel);
          return opener.file(source, FoundPlaces.of(path, source));
        });
  }

  /// Opens what lies elsewhere than in a file, such as `s3://bucket/app.dump`, as far as there is a [Storage] that reads it.
  public static Archive open(Location location) {
    return open(location, Reading.USUAL);
  }

  /// Opens what lies elsewhere than in a file, likewise.
  public static Archive open(Location location, Reading reading) {
    return open(location, Storage.of(location), reading);
  }

  /// Opens what a [Storage] has at a location.
  public static Archive open(Location location, Storage storage, Reading reading) {
    return open(
        location.name(), reading, opener -> opener.found(storage.open(location, opener::owned)));
  }

  /// Opens what comes from a pipe: it is copied to a private temporary file first, which is gone
  /// when the archive is closed.
  ///
  /// @param name what messages call it
  public static Archive open(String name, InputStream stream) {
    return open(name, stream, Reading.USUAL);
  }

  /// Opens what comes from a pipe, likewise.
  public static Archive open(String name, InputStream stream, Reading reading) {
    return open(name, reading, opener -> opener.file(opener.owned(Spool.of(stream))));
  }

  /// Opens a live database. Of what pg_dump writes only the table of contents is read, and nothing beyond it.
  ///
  /// @param name what messages call it, without a password
  /// @param dump the output of `pg_dump -Fc`
  /// @param data closed together with the archive, or at once if that cannot be opened
  public static Archive open(String name, InputStream dump, LiveData data, Reading reading) {
    Archive archive =
        open(
            name,
            reading,
            opener -> {
              opener.owned(data);
              return opener.live(dump, data);
            });
    archive.live = Optional.of(data);
    return archive;
  }

  private static Archive open(String name, Reading reading, Way way) {
    var opener = new ArchiveOpener(name, reading);
    try {
      return way.open(opener);
    } catch (IOException e) {
      opener.close();
      throw ArchiveException.of(name, "cannot read: " + message(e), null, e);
    } catch (RuntimeException | Error e) {
      opener.close();
      throw e;
    }
  }

  @FunctionalInterface
  private interface Way {
    Archive open(ArchiveOpener opener) throws IOException;
  }

  private static String message(IOException e) {
    return e instanceof java.nio.file.FileSystemException || e.getMessage() == null
        ? e.toString()
        : e.getMessage();
  }

  /// {@return what messages call it: the path of the file or directory, or where it lies otherwise}
  public String name() {
    return name;
  }

  public ArchiveHeader header() {
    return header;
  }

  /// {@return the live database that this is, if it is one}
  public Optional<LiveData> live() {
    return live;
  }

  /// Stops whoever reads a live database, from another thread; a file needs no such thing.
  public void interrupt() {
    live.ifPresent(LiveData::interrupt);
  }

  /// {@return what the archive was packed in, the outermost first: `gzip`, `tar` …}
  public List<String> wrapping() {
    return wrapping;
  }

  public Toc toc() {
    return toc;
  }

  /// Makes sure that the archive was not cut off, as far as that shows without reading all of it: a
  /// block, a file, the end is missing.
  public void checkWhole() {
    members.checkWhole();
  }

  /// {@return the rows of a table in COPY's text format and in UTF-8} Each ends in a newline, and
  /// the trailer of the archive is checked and left out. Must be read to its end, for only there is
  /// it known to be complete, and closed.
  public InputStream copyText(Entry tableData) {
    return copyText(tableData, "UTF8");
  }

  /// {@return the same for a target in an encoding, of PostgreSQL's name} Characters that it does not have are replaced if the
  /// backup is read so; else nothing is done about them here.
  public InputStream copyText(Entry tableData, String targetEncoding) {
    return copyText(tableData, targetEncoding, Optional.empty());
  }

  /// {@return the same of those rows for which a condition holds, SQL that only a live database understands}
  public InputStream copyText(Entry tableData, String targetEncoding, Optional<String> condition) {
    InputStream text = text(tableData, condition);
    boolean any = targetEncoding.equals("UTF8") || targetEncoding.equals(TextEncoding.SQL_ASCII);
    if (any || !resources.reading().replaceMalformed()) {
      return text;
    }
    return TextEncoding.find(targetEncoding, 0)
        .<InputStream>map(target ->
            new Representable(
                text,
                target.charset(),
                rows -> note(new Replacement(tableData, rows, targetEncoding, false))))
        .orElse(text);
  }

  /// {@return whether text that cannot be read or kept is replaced, so that different values may become the same}
  public boolean replaces() {
    return resources.reading().replaceMalformed();
  }

  /// {@return the rows in which something was replaced, of all data that was read to its end}
  public List<Replacement> replacements() {
    return replacements.values().stream()
        .filter(replacement -> replacement.rows() > 0)
        .sorted(
            Comparator.comparingInt((Replacement r) -> r.data().dumpId())
                .thenComparing(r -> !r.malformed()))
        .toList();
  }

  private void note(Replacement replacement) {
    replacements.put(List.of(replacement.data().dumpId(), replacement.malformed()), replacement);
  }

  private InputStream text(Entry tableData, Optional<String> condition) {
    if (!tableData.desc().equals("TABLE DATA")) {
      throw ArchiveException.of(name, tableData, "is not the data of a table", null);
    }
    if (tableData.copyStmt() == null || tableData.copyStmt().isBlank()) {
      throw ArchiveException.of(
          name,
          tableData,
          "data is INSERT statements without column names, and the order of the columns is not known",
          "Dump with --column-inserts, or without --inserts.");
    }
    MemberInputStream member =
        condition.isEmpty() ? openMember(tableData) : members.open(tableData, condition.get());
    TextEncoding encoding = toc.textEncoding();
    Replacing replacing =
        resources.reading().replaceMalformed()
            ? new Replacing(rows -> note(new Replacement(tableData, rows, encoding.name(), true)))
            : null;
    if (inserts.has(tableData)) {
      return new InsertText(member, encoding, inserts.heads(tableData), standardStrings, replacing);
    }
    if (tableData.data() instanceof DataMember.InScript(var rows, var defaulted)
        && rows.stream().allMatch(Rows::inserts)) {
      var values = new InsertText.Values(columns(tableData.copyStmt()), defaulted);
      return new InsertText(member, encoding, _ -> values, standardStrings, replacing);
    }
    return new CopyText(member, encoding, replacing);
  }

  /// {@return how many columns a COPY statement of an archive names}
  private static int columns(String copyStmt) {
    return (int)
        Lexer.tokens(copyStmt).stream()
            .dropWhile(token -> !token.is("("))
            .takeWhile(token -> !token.is(")"))
            .filter(Token::isName)
            .count();
  }

  /// {@return the data of an entry, decompressed and otherwise as it is in the archive} Must be
  /// closed.
  public InputStream openData(Entry entry) {
    return openMember(entry);
  }

  /// Reads large objects: those that the reader wants of the ones that an entry of kind `BLOBS` has.
  public void largeObjects(Entry blobs, LargeObjectReader reader) {
    if (!blobs.desc().equals("BLOBS")) {
      throw ArchiveException.of(name, blobs, "has no large objects", null);
    }
    members.largeObjects(blobs, reader);
  }

  /// {@return how many bytes the data takes in the archive, -1 if that cannot be told} 0 for an
  /// entry without data. The first call looks through an archive without offsets.
  public long storedSize(Entry tableData) {
    return tableData.data() instanceof DataMember.None ? 0 : members.storedSize(tableData);
  }

  @Override
  public void close() {
    resources.close();
  }

  private MemberInputStream openMember(Entry entry) {
    if (entry.data() instanceof DataMember.None) {
      throw ArchiveException.of(name, entry, "entry has no data", null);
    }
    return members.open(entry);
  }
}
