package dev.pgmend.inspect;

import dev.pgmend.archive.ArchiveHeader;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What an archive is and which tables it holds.
///
/// @param name what messages call it: its path, or where it lies otherwise
/// @param wrapping what it was packed in, the outermost first: gzip, tar …
/// @param damage what shows that its end is missing, null if nothing does
/// @param encoding PostgreSQL's name of the text's encoding
/// @param kinds how many entries there are of each kind, by pg_dump's name of the kind
/// @param largeObjects how many large objects there are
/// @param tables sorted by schema and name
/// @param complete whether dependents are counted through any number of steps; else, in archives whose dependencies are too
///     many for that, only direct ones
public record Overview(
    String name,
    ArchiveHeader header,
    List<String> wrapping,
    @Nullable String damage,
    String encoding,
    SortedMap<String, Integer> kinds,
    int largeObjects,
    List<TableSummary> tables,
    boolean complete) {

  public Overview {
    kinds = Collections.unmodifiableSortedMap(new TreeMap<>(kinds));
    wrapping = List.copyOf(wrapping);
    tables = List.copyOf(tables);
  }

  /// {@return how many entries the archive has}
  public int entries() {
    return kinds.values().stream().mapToInt(Integer::intValue).sum();
  }

  /// {@return the bytes that the rows of all tables take in the archive, as far as that can be told}
  public long storedBytes() {
    return tables.stream().mapToLong(table -> Math.max(0, table.storedBytes())).sum();
  }
}
