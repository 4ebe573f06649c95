package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The data of a live database, as if it were in an archive.
final class LiveMembers implements Members {
  /// What pg_dump writes after the rows of a table.
  private static final byte[] TRAILER = "\\.\n\n\n".getBytes(StandardCharsets.US_ASCII);

  private final String name;
  private final Toc toc;
  private final LiveData data;

  LiveMembers(String name, Toc toc, LiveData data) {
    this.name = name;
    this.toc = toc;
    this.data = data;
  }

  @Override
  public MemberInputStream open(Entry entry) {
    return open(entry, data.rows(entry));
  }

  @Override
  public MemberInputStream open(Entry entry, String condition) {
    return open(entry, data.rows(entry, condition));
  }

  private MemberInputStream open(Entry entry, InputStream rows) {
    var counted = new CountingInputStream(rows);
    InputStream whole = new SequenceInputStream(counted, new ByteArrayInputStream(TRAILER));
    return new MemberInputStream(name, entry, counted::count, Compression.NONE, _ -> whole);
  }

  /// Since PostgreSQL 17 there are several entries, each with the objects that another one lists, a line for each.
  @Override
  public void largeObjects(Entry entry, LargeObjectReader reader) {
    List<Long> oids = new ArrayList<>();
    for (int id : entry.dependencies()) {
      toc.find(id)
          .filter(metadata -> metadata.desc().equals("BLOB METADATA"))
          .ifPresent(metadata ->
              metadata
                  .defn()
                  .lines()
                  .map(String::strip)
                  .filter(line -> line.matches("[0-9]{1,10}"))
                  .forEach(line -> oids.add(Long.parseLong(line))));
    }
    data.largeObjects(oids, reader);
  }

  @Override
  public long storedSize(Entry entry) {
    return data.storedSize(entry);
  }

  @Override
  public void checkWhole() {
    data.check();
  }
}
