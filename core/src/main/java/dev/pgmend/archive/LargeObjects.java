package dev.pgmend.archive;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The large objects of an archive, as its table of contents tells them: one entry for each before PostgreSQL 17, since then one
/// for all that have an owner and grants in common.
public final class LargeObjects {
  private static final Pattern LINE = Pattern.compile("[0-9]{1,10}");
  private static final Pattern TAG = Pattern.compile("LARGE OBJECTS? ([0-9]{1,10}).*");
  private static final Pattern RANGE = Pattern.compile(" ON LARGE OBJECTS [0-9]+\\.\\.[0-9]+ ");
  private static final long OID_MAX = 0xffff_ffffL;

  private final Map<Long, Entry> entries = new HashMap<>();
  private final Map<Long, List<Entry>> annotations = new HashMap<>();
  private final Map<Integer, List<Entry>> common = new HashMap<>();
  private final List<Entry> data = new ArrayList<>();

  private LargeObjects() {}

  /// Finds them.
  public static LargeObjects of(Toc toc) {
    var found = new LargeObjects();
    for (Entry entry : toc.entries()) {
      switch (entry.desc()) {
        case "BLOB" -> found.add(entry.tag(), entry);
        case "BLOB METADATA" -> entry.defn().lines().forEach(line -> found.add(line, entry));
        case "BLOBS" -> found.data.add(entry);
        case "ACL", "COMMENT", "SECURITY LABEL" -> found.annotation(entry);
        default -> {}
      }
    }
    return found;
  }

  private void add(String oid, Entry entry) {
    if (LINE.matcher(oid.strip()).matches()) {
      long number = Long.parseLong(oid.strip());
      if (number > 0 && number <= OID_MAX) {
        entries.put(number, entry);
      }
    }
  }

  private void annotation(Entry entry) {
    Matcher tag = TAG.matcher(entry.tag());
    if (!tag.matches()) {
      return;
    }
    if (entry.tag().startsWith("LARGE OBJECTS")) {
      entry
          .dependencies()
          .forEach(id -> common.computeIfAbsent(id, _ -> new ArrayList<>()).add(entry));
    } else {
      annotations.computeIfAbsent(Long.parseLong(tag.group(1)), _ -> new ArrayList<>()).add(entry);
    }
  }

  /// {@return whether the archive has none}
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /// {@return the entry that creates the object, if the archive has it}
  public Optional<Entry> find(long oid) {
    return Optional.ofNullable(entries.get(oid));
  }

  /// {@return the entries that have the contents of the objects}
  public List<Entry> data() {
    return List.copyOf(data);
  }

  /// {@return comments, grants and labels of one object}
  public List<Entry> annotations(long oid) {
    List<Entry> all = new ArrayList<>(annotations.getOrDefault(oid, List.of()));
    find(oid).ifPresent(entry -> all.addAll(common.getOrDefault(entry.dumpId(), List.of())));
    return all;
  }

  /// {@return an annotation's SQL for one of the objects that it is about}
  public static String definition(Entry annotation, long oid) {
    return RANGE.matcher(annotation.defn()).replaceAll(" ON LARGE OBJECT " + oid + " ");
  }
}
