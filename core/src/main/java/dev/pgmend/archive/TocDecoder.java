package dev.pgmend.archive;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes a table of contents of entries whose text is undecoded, as far as the entries themselves
/// say how: in the ENCODING and STDSTRINGS entries.
final class TocDecoder {
  private final String file;
  private final int serverMajor;

  TocDecoder(String file, int serverMajor) {
    this.file = file;
    this.serverMajor = serverMajor;
  }

  Toc decode(List<Entry> undecoded) {
    String name = TextEncoding.SQL_ASCII;
    boolean standardConformingStrings = true;
    for (Entry entry : undecoded) {
      if (entry.desc().equals("ENCODING")) {
        name = quoted(entry);
      } else if (entry.desc().equals("STDSTRINGS")) {
        standardConformingStrings = quoted(entry).equals("on");
      }
    }
    String encodingName = name;
    TextEncoding encoding =
        TextEncoding.find(encodingName, serverMajor)
            .orElseThrow(() ->
                ArchiveException.of(
                    file,
                    "client encoding \"" + encodingName + "\" is not supported",
                    "Dump with --encoding=UTF8.",
                    null));
    List<Entry> entries;
    try {
      entries = decode(undecoded, encoding);
    } catch (Undecodable e) {
      if (!encodingName.equals(TextEncoding.SQL_ASCII)) {
        throw ArchiveException.at(
            file, e.entry, e.entry.tocOffset(), "text is not valid " + encodingName, e.getCause());
      }
      encoding = encoding.withCharset(StandardCharsets.ISO_8859_1);
      entries = undecoded;
    }
    TocGraph.check(file, entries);
    return new Toc(entries, encoding, standardConformingStrings);
  }

  private String quoted(Entry setting) {
    String[] parts = setting.defn().split("'", 3);
    if (parts.length < 3) {
      throw ArchiveException.at(
          file, setting, setting.tocOffset(), "setting is not of the form SET name = 'value'");
    }
    return parts[1];
  }

  private static List<Entry> decode(List<Entry> undecoded, TextEncoding encoding)
      throws Undecodable {
    var entries = new ArrayList<Entry>(undecoded.size());
    for (Entry entry : undecoded) {
      try {
        entries.add(decode(entry, encoding));
      } catch (CharacterCodingException e) {
        throw new Undecodable(entry, e);
      }
    }
    return entries;
  }

  private static Entry decode(Entry entry, TextEncoding encoding) throws CharacterCodingException {
    @Nullable String copyStmt = entry.copyStmt();
    return new Entry(
        entry.dumpId(),
        entry.hadDumper(),
        entry.catalogOid(),
        entry.oid(),
        encoding.decode(entry.tag()),
        encoding.decode(entry.desc()),
        entry.section(),
        encoding.decode(entry.defn()),
        encoding.decode(entry.dropStmt()),
        copyStmt == null ? null : encoding.decode(copyStmt),
        encoding.decode(entry.namespace()),
        encoding.decode(entry.tablespace()),
        encoding.decode(entry.tableAccessMethod()),
        entry.relkind(),
        encoding.decode(entry.owner()),
        entry.withOids(),
        entry.dependencies(),
        entry.tocOffset(),
        entry.data());
  }

  private static final class Undecodable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Entry entry;

    Undecodable(Entry entry, CharacterCodingException cause) {
      super(cause);
      this.entry = entry;
    }
  }
}
