package dev.pgmend.archive;

import dev.pgmend.content.ByteSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The second table of contents of an archive that `pg_dump -Fc >file` wrote. pg_dump goes back to its table of contents to write down
/// where the data is (`_CloseArchive` in `pg_backup_custom.c`). Since version 16 it has set its standard output to appending by then
/// (`_allocAH` in `pg_backup_archiver.c` opens it as a stream of mode `a`), so that what should replace the first stands behind the
/// data. Since version 18 it leaps over what it has written of statistics (`WriteToc`), so that these definitions are missing in it.
///
/// @param entries those of the first, with the places of their data
/// @param blocks the archive without it
record AppendedToc(List<Entry> entries, ByteSource blocks) {
  private static final String STATISTICS = "STATISTICS DATA";

  /// Looks for it where it must begin, for how long it is follows from the first.
  ///
  /// @param reader has read the first
  /// @param end where the first ends
  /// @param length of the first
  static Optional<AppendedToc> find(
      ByteSource source, String path, TocReader reader, List<Entry> first, long end, long length)
      throws IOException {
    if (first.stream().noneMatch(entry -> entry.data() instanceof DataMember.OffsetUnknown)) {
      return Optional.empty();
    }
    long statistics =
        first.stream()
            .filter(entry -> entry.desc().equals(STATISTICS))
            .mapToLong(entry -> reader.size(entry.defn()))
            .sum();
    long begin = source.size() - length + statistics;
    if (begin < end) {
      return Optional.empty();
    }
    ArchiveInput in = new ArchiveInput(source, path, begin, null);
    List<Entry> second;
    try {
      second = reader.again(in, first.size(), Set.of(STATISTICS));
    } catch (ArchiveException _) {
      return Optional.empty();
    }
    if (in.remaining() != 0 || second.size() != first.size()) {
      return Optional.empty();
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      Entry entry = first.get(i);
      Entry again = second.get(i);
      boolean same =
          entry.resembles(again)
              && (entry.desc().equals(STATISTICS) || entry.defn().equals(again.defn()));
      if (!same) {
        return Optional.empty();
      }
      entries.add(entry.withData(again.data()));
    }
    return Optional.of(new AppendedToc(entries, source.slice(0, begin)));
  }
}
