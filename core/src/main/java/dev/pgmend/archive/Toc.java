package dev.pgmend.archive;

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The table of contents of an archive: its entries, in an order in which they can be restored.
/// Dump ids are unique and dependencies have no cycles. Immutable.
public final class Toc {
  private final List<Entry> entries;
  private final Map<Integer, Entry> byDumpId;
  private final TextEncoding encoding;
  private final boolean standardConformingStrings;

  Toc(List<Entry> entries, TextEncoding encoding, boolean standardConformingStrings) {
    this.entries = List.copyOf(entries);
    this.encoding = encoding;
    this.standardConformingStrings = standardConformingStrings;
    this.byDumpId = HashMap.newHashMap(entries.size());
    for (Entry entry : entries) {
      byDumpId.put(entry.dumpId(), entry);
    }
  }

  /// {@return all entries, in the archive's order}
  public List<Entry> entries() {
    return entries;
  }

  public Optional<Entry> find(int dumpId) {
    return Optional.ofNullable(byDumpId.get(dumpId));
  }

  /// {@return what the text of the entries was decoded with; encoding the text again gives the
  /// archive's bytes} For `SQL_ASCII` this is UTF-8 where all text is valid UTF-8, else ISO-8859-1.
  public Charset encoding() {
    return encoding.charset();
  }

  /// {@return PostgreSQL's name of the dump's client encoding}
  public String encodingName() {
    return encoding.name();
  }

  TextEncoding textEncoding() {
    return encoding;
  }

  /// {@return whether backslashes in the entries' plain string literals stand for themselves}
  public boolean standardConformingStrings() {
    return standardConformingStrings;
  }
}
