package dev.pgmend.archive;

import dev.pgmend.archive.DatabaseChoice.Candidate;
import dev.pgmend.archive.FoundPlaces.Place;
import dev.pgmend.codec.Compression;
import dev.pgmend.content.Content;
import dev.pgmend.script.EntryReader;
import dev.pgmend.script.Script;
import dev.pgmend.script.ScriptEntry;
import dev.pgmend.script.ScriptException;
import dev.pgmend.script.Section;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes an [Archive] of a plain SQL script.
final class ScriptOpener {
  private final String path;
  private final Content content;
  private final FoundPlaces places;
  private final KeptRows kept;

  /// @param kept rows that are put aside when they come by
  ScriptOpener(String path, Content content, FoundPlaces places, KeptRows kept) {
    this.kept = kept;
    this.path = path;
    this.content = content;
    this.places = places;
  }

  Archive open(List<String> wrapping, ArchiveOpener resources) throws IOException {
    try {
      return open(read(), wrapping, resources);
    } catch (ScriptException e) {
      throw ArchiveException.at(path, e.offset(), String.valueOf(e.getMessage()), e.hint());
    }
  }

  /// What was found the last time is looked at again; the rest is passed over.
  private Script read() throws IOException {
    Map<Long, Script.Rows> known =
        places.recall().stream()
            .collect(
                Collectors.toMap(
                    Place::offset,
                    place -> new Script.Rows(place.offset(), place.length(), place.number()),
                    (one, _) -> one));
    if (!known.isEmpty()) {
      try {
        return Script.read(content::open, known::get, Script.Keeper.NONE);
      } catch (Script.Misled | ScriptException | EOFException e) {
        places.forget();
      }
    }
    Script script = Script.read(content::open, _ -> null, kept::keep);
    places.remember(
        script.places().stream()
            .map(rows -> new Place(rows.offset(), rows.length(), rows.rows()))
            .toList());
    return script;
  }

  private Archive open(Script script, List<String> wrapping, ArchiveOpener resources) {
    List<Section> sections = script.sections().stream().filter(Section::hasObjects).toList();
    List<Candidate> databases =
        (sections.isEmpty() ? List.of(script.sections().getLast()) : sections)
            .stream()
                .map(section ->
                    new Candidate(
                        section.database() == null ? "" : section.database(),
                        () -> open(section, wrapping, resources)))
                .toList();
    return resources.reading().database().choose(path, databases);
  }

  private Archive open(Section section, List<String> wrapping, ArchiveOpener resources) {
    @Nullable String database = section.database();
    var header =
        new ArchiveHeader(
            0,
            Format.PLAIN,
            Compression.NONE,
            null,
            database == null ? "" : database,
            section.serverVersion(),
            section.dumpVersion());
    Toc toc = toc(section, header.serverMajor());
    return new Archive(
        path,
        header,
        wrapping,
        toc,
        new ScriptMembers(path, kept.or(content)),
        resources,
        section.standardStrings());
  }

  private Toc toc(Section section, int serverMajor) {
    TextEncoding encoding =
        TextEncoding.find(section.encoding(), serverMajor)
            .orElseThrow(() ->
                ArchiveException.of(
                    path,
                    "client encoding \"" + section.encoding() + "\" is not supported",
                    "Dump with --encoding=UTF8.",
                    null));
    Optional<List<ScriptEntry>> read = read(section, encoding);
    if (read.isEmpty() && section.encoding().equals(TextEncoding.SQL_ASCII)) {
      encoding = encoding.withCharset(StandardCharsets.ISO_8859_1);
      read = read(section, encoding);
    }
    List<Entry> entries =
        read
            .orElseThrow(() ->
                ArchiveException.at(
                    path, section.offset(), "text is not valid " + section.encoding(), null))
            .stream()
            .map(ScriptOpener::entry)
            .collect(Collectors.toCollection(ArrayList::new));
    TocGraph.check(path, entries);
    // What the reader hands out is in standard strings, whatever the script was in.
    return new Toc(entries, encoding, true);
  }

  private static Optional<List<ScriptEntry>> read(Section section, TextEncoding encoding) {
    try {
      return Optional.of(
          EntryReader.read(
              section, text -> encoding.decode(new String(text, StandardCharsets.ISO_8859_1))));
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  private static Entry entry(ScriptEntry entry) {
    boolean data = entry.desc().equals("TABLE DATA") || entry.desc().equals("BLOBS");
    return new Entry(
        entry.id(),
        data,
        0,
        0,
        entry.tag(),
        entry.desc(),
        dev.pgmend.archive.Section.valueOf(entry.stage()),
        entry.defn(),
        entry.dropStmt(),
        entry.copyStmt(),
        entry.namespace(),
        entry.tablespace(),
        entry.tableAccessMethod(),
        (char) 0,
        entry.owner(),
        false,
        entry.dependencies(),
        entry.offset(),
        data ? new DataMember.InScript(entry.rows(), entry.defaulted()) : new DataMember.None());
  }
}
