package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import dev.pgmend.content.Content;
import dev.pgmend.script.ScriptEntry.Rows;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;

/// The rows in a script, where they were when it was read.
final class ScriptMembers implements Members {
  private static final String TRAILER = "\\.\n\n\n";

  private final String path;
  private final Content script;

  ScriptMembers(String path, Content script) {
    this.path = path;
    this.script = script;
  }

  @Override
  public MemberInputStream open(Entry entry) {
    if (entry.desc().equals("BLOBS")) {
      throw ArchiveException.of(path, entry, "is not the data of a table", null);
    }
    var rows = new RowsInputStream(script, rows(entry));
    return new MemberInputStream(path, entry, rows::position, Compression.NONE, _ -> rows);
  }

  @Override
  public void largeObjects(Entry entry, LargeObjectReader reader) {
    for (Rows place : rows(entry)) {
      try (var objects =
          new LargeObjectStatements(path, entry, place, script.open(place.offset()))) {
        objects.read(reader);
      } catch (IOException e) {
        throw ArchiveException.at(
            path, entry, place.offset(), "cannot read large objects: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public long storedSize(Entry entry) {
    return rows(entry).stream().mapToLong(Rows::length).sum();
  }

  /// A script that is cut off is refused when it is opened.
  @Override
  public void checkWhole() {}

  private static List<Rows> rows(Entry entry) {
    return entry.data() instanceof DataMember.InScript(var rows, _) ? rows : List.of();
  }

  /// Rows from several places, one after the other; after those of COPY comes the trailer of an archive.
  private static final class RowsInputStream extends InputStream {
    private final Content script;
    private final Iterator<Rows> places;
    private final boolean copy;
    private InputStream current = InputStream.nullInputStream();
    private boolean inPlace;
    private boolean trailer;
    private long position;
    private long left;

    RowsInputStream(Content script, List<Rows> places) {
      this.script = script;
      this.places = places.iterator();
      this.copy = places.stream().anyMatch(place -> !place.inserts());
    }

    long position() {
      return position;
    }

    @Override
    public int read() throws IOException {
      var single = new byte[1];
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      while (left == 0 && nextPlace()) {}
      if (left == 0 && !trailer) {
        return length == 0 ? 0 : -1;
      }
      int count = current.read(bytes, offset, trailer ? length : (int) Math.min(length, left));
      if (count < 0 && !trailer) {
        throw new EOFException();
      }
      position += Math.max(0, count);
      left -= trailer ? 0 : Math.max(0, count);
      return count;
    }

    private boolean nextPlace() throws IOException {
      if (inPlace && copy && (current.read() != '\\' || current.read() != '.')) {
        throw new IOException("the file was changed while it was read");
      }
      inPlace = false;
      if (trailer) {
        return false;
      }
      current.close();
      if (places.hasNext()) {
        Rows place = places.next();
        current = script.open(place.offset());
        position = place.offset();
        left = place.length();
        inPlace = true;
        return true;
      }
      trailer = copy;
      current =
          new ByteArrayInputStream(
              copy ? TRAILER.getBytes(StandardCharsets.US_ASCII) : new byte[0]);
      return false;
    }

    @Override
    public void close() throws IOException {
      current.close();
    }
  }
}
