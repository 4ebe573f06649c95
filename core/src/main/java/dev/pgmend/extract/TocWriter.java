package dev.pgmend.extract;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.ArchiveHeader;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Section;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The header and the table of contents of an archive of version 1.14, which every pg_restore since 12 reads.
/// See [the reader][dev.pgmend.archive.Archive] for their layout.
final class TocWriter {
  private static final int CUSTOM = 1;
  private static final int DIRECTORY = 3;

  /// zlib's usual level.
  private static final int COMPRESSED = -1;

  private final Extraction extraction;
  private final EntryText text;
  private final Set<Integer> taken = new HashSet<>();
  private int lastId;

  TocWriter(Extraction extraction) {
    this.extraction = extraction;
    this.text = new EntryText(extraction);
    extraction.entries().forEach(entry -> taken.add(entry.dumpId()));
    extraction
        .archive()
        .toc()
        .entries()
        .forEach(entry -> lastId = Math.max(lastId, entry.dumpId()));
  }

  /// {@return the table of contents of a custom archive; its length does not depend on the offsets}
  ///
  /// @param offsets where the blocks are, as far as that is known yet
  byte[] custom(Map<Integer, Long> offsets) {
    ArchiveOutput out = start(CUSTOM);
    for (Entry entry : extraction.entries()) {
      entry(out, entry);
      Long offset = offsets.get(entry.dumpId());
      if (!entry.desc().equals("TABLE DATA")) {
        out.offset(3, 0);
      } else {
        out.offset(offset == null ? 1 : 2, offset == null ? 0 : offset);
      }
    }
    return out.bytes();
  }

  /// {@return the file `toc.dat` of a directory archive}
  byte[] directory() {
    ArchiveOutput out = start(DIRECTORY);
    for (Entry entry : extraction.entries()) {
      entry(out, entry);
      out.text(entry.desc().equals("TABLE DATA") ? fileName(entry) : "");
    }
    return out.bytes();
  }

  static String fileName(Entry data) {
    return data.dumpId() + ".dat";
  }

  private ArchiveOutput start(int format) {
    Archive archive = extraction.archive();
    ArchiveHeader header = archive.header();
    LocalDateTime time =
        header.created() == null ? LocalDateTime.now(ZoneId.systemDefault()) : header.created();
    ArchiveOutput out = new ArchiveOutput(Encodings.of(archive.toc()));
    out.ascii("PGDMP").raw(1, 14, 0, 4, 8, format).number(COMPRESSED);
    out.number(time.getSecond())
        .number(time.getMinute())
        .number(time.getHour())
        .number(time.getDayOfMonth())
        .number(time.getMonthValue() - 1)
        .number(time.getYear() - 1900)
        .number(0);
    out.text(header.databaseName()).text(header.serverVersion()).text(header.dumpVersion());
    boolean qualified = ScriptWriter.qualified(archive.toc());
    out.number(extraction.entries().size() + (qualified ? 3 : 2));
    int id = lastId;
    String encoding = Encodings.name(archive.toc());
    setting(out, format, ++id, "ENCODING", "SET client_encoding = '%s';\n".formatted(encoding));
    setting(out, format, ++id, "STDSTRINGS", "SET standard_conforming_strings = 'on';\n");
    if (qualified) {
      setting(
          out,
          format,
          ++id,
          "SEARCHPATH",
          "SELECT pg_catalog.set_config('search_path', '', false);\n");
    }
    return out;
  }

  private static void setting(ArchiveOutput out, int format, int id, String desc, String defn) {
    out.number(id).number(0).text("0").text("0").text(desc).text(desc);
    out.number(section(Section.PRE_DATA)).text(defn).text("").text(null);
    out.text(null).text(null).text(null).text("").text("false").text(null);
    if (format == CUSTOM) {
      out.offset(3, 0);
    } else {
      out.text("");
    }
  }

  private void entry(ArchiveOutput out, Entry entry) {
    boolean data = entry.desc().equals("TABLE DATA");
    String definition = text.definition(entry);
    out.number(entry.dumpId()).number(data ? 1 : 0);
    out.text(Long.toString(entry.catalogOid())).text(Long.toString(entry.oid()));
    out.text(entry.tag()).text(entry.desc()).number(section(entry.section()));
    out.text(definition.isEmpty() ? "" : definition + "\n").text(text.drop(entry));
    out.text(data ? text.copy(entry) : null);
    out.text(orNull(entry.namespace())).text(orNull(entry.tablespace()));
    out.text(orNull(entry.tableAccessMethod())).text(entry.owner()).text("false");
    for (int id : entry.dependencies()) {
      if (taken.contains(id)) {
        out.text(Integer.toString(id));
      }
    }
    out.text(null);
  }

  private static @Nullable String orNull(String value) {
    return value.isEmpty() ? null : value;
  }

  private static int section(Section section) {
    return switch (section) {
      case NONE -> 1;
      case PRE_DATA -> 2;
      case DATA -> 3;
      case POST_DATA -> 4;
    };
  }
}
