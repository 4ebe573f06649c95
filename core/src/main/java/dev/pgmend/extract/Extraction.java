package dev.pgmend.extract;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Format;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is taken out of a backup with some tables: the tables, what belongs to them, what depends on them, and what these need:
/// schemas, types, functions, but no other tables.
public final class Extraction {
  /// Relations that stay behind if they are not among the tables or their dependents.
  private static final Set<String> OUTSIDE =
      Set.of("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW");

  /// Written anew, not replayed, or about the whole database.
  private static final Set<String> LEFT_OUT =
      Set.of(
          "ENCODING",
          "STDSTRINGS",
          "SEARCHPATH",
          "DATABASE",
          "DATABASE PROPERTIES",
          "STATISTICS DATA",
          "EXTENDED STATISTICS DATA",
          "EVENT TRIGGER",
          "SUBSCRIPTION",
          "BLOB",
          "BLOBS",
          "BLOB METADATA");

  private final Archive archive;
  private final Closure closure;
  private final List<Entry> entries;
  private final Map<Entry, Entry> open;

  private Extraction(
      Archive archive, Closure closure, List<Entry> entries, Map<Entry, Entry> open) {
    this.archive = archive;
    this.closure = closure;
    this.entries = List.copyOf(entries);
    this.open = open;
  }

  /// Chooses the entries.
  ///
  /// @param selfContained whether to leave out what refers to relations that stay behind, so that the rest can be restored into an
  ///     empty database
  /// @throws PgmendException of kind USAGE if such a thing is one of the tables, of kind SOURCE if the archive is not whole
  public static Extraction of(
      Archive archive, Collection<QualifiedName> tables, boolean selfContained) {
    archive.checkWhole();
    Ownership ownership = new Ownership(archive.toc());
    Closure closure = new ClosureBuilder(archive.toc(), ownership).of(tables);
    Map<Integer, Entry> chosen = withNeeds(archive, ownership, closure);
    List<Entry> entries =
        archive.toc().entries().stream()
            .filter(entry -> chosen.containsKey(entry.dumpId()))
            .toList();
    Map<Entry, Entry> open = open(archive, entries);
    if (!selfContained) {
      return new Extraction(archive, closure, entries, open);
    }
    for (Entry table : closure.tables()) {
      if (open.containsKey(table)) {
        throw new PgmendException(
            Kind.USAGE,
            "%s cannot be extracted alone: it needs %s"
                .formatted(Entries.name(table), describe(open.get(table))),
            "Name that table, too, or leave out --self-contained.");
      }
    }
    return new Extraction(
        archive,
        closure,
        entries.stream().filter(entry -> !open.containsKey(entry)).toList(),
        open);
  }

  /// {@return the archive that it is taken from}
  public Archive archive() {
    return archive;
  }

  /// {@return the tables, with their partitions and children}
  public List<Entry> tables() {
    return closure.tables();
  }

  /// {@return the tables whose rows the backup does not have} Rows of a partition may be stored as its partitioned table's.
  public List<Entry> withoutRows() {
    Set<QualifiedName> filled = new HashSet<>();
    entries.stream()
        .filter(entry -> entry.desc().equals("TABLE DATA"))
        .forEach(entry -> filled.add(Entries.name(entry)));
    boolean viaRoot =
        closure.tables().stream()
            .anyMatch(table -> isPartitioned(table) && filled.contains(Entries.name(table)));
    return closure.tables().stream()
        .filter(table -> table.desc().equals("TABLE") && !filled.contains(Entries.name(table)))
        .filter(table -> !isPartitioned(table) && !(viaRoot && isPartition(table)))
        .toList();
  }

  private static boolean isPartitioned(Entry table) {
    return table.defn().contains("PARTITION BY");
  }

  private boolean isPartition(Entry table) {
    return table.defn().contains("PARTITION OF")
        || closure.belongings().stream()
            .anyMatch(entry ->
                entry.desc().equals("TABLE ATTACH")
                    && Entries.name(entry).equals(Entries.name(table)));
  }

  /// {@return what is taken, in the archive's order}
  public List<Entry> entries() {
    return entries;
  }

  /// {@return what refers to a relation that stays behind, each with what it refers to} Left out if the extraction is self-contained.
  public Map<Entry, Entry> open() {
    return open;
  }

  /// {@return an entry in words}
  public static String describe(Entry entry) {
    return "%s %s%s"
        .formatted(
            entry.desc(), entry.namespace().isEmpty() ? "" : entry.namespace() + ".", entry.tag());
  }

  private static boolean excludes(Entry entry) {
    return entry.desc().equals("CONSTRAINT") && entry.defn().contains(" EXCLUDE ");
  }

  private static Map<Integer, Entry> withNeeds(
      Archive archive, Ownership ownership, Closure closure) {
    Map<Integer, Entry> chosen = new HashMap<>();
    List<Entry> core = new ArrayList<>(closure.tables());
    core.addAll(closure.belongings());
    core.addAll(closure.dependents());
    Set<Integer> own = new HashSet<>();
    core.forEach(entry -> own.add(entry.dumpId()));
    Map<String, Entry> schemas = new HashMap<>();
    for (Entry entry : archive.toc().entries()) {
      if (entry.desc().equals("SCHEMA")) {
        schemas.putIfAbsent(entry.tag(), entry);
      }
    }
    Deque<Entry> queue = new ArrayDeque<>(core);
    // A script does not tell what comes from an extension, and pg_dump not which operator classes
    // an exclusion constraint uses.
    if (archive.header().format() == Format.PLAIN || core.stream().anyMatch(Extraction::excludes)) {
      archive.toc().entries().stream()
          .filter(entry -> entry.desc().equals("EXTENSION"))
          .forEach(queue::add);
    }
    while (!queue.isEmpty()) {
      Entry entry = queue.poll();
      boolean stays =
          !own.contains(entry.dumpId()) && OUTSIDE.contains(ownership.root(entry).desc());
      if (stays
          || LEFT_OUT.contains(entry.desc())
          || chosen.putIfAbsent(entry.dumpId(), entry) != null) {
        continue;
      }
      entry.dependencies().forEach(id -> archive.toc().find(id).ifPresent(queue::add));
      Entry schema = schemas.get(entry.namespace());
      if (schema != null) {
        queue.add(schema);
      }
      if (!own.contains(entry.dumpId())) {
        queue.addAll(ownership.belongings(entry));
      }
    }
    return chosen;
  }

  /// An entry is open if it depends on something that is not taken, or on an open entry.
  private static Map<Entry, Entry> open(Archive archive, List<Entry> entries) {
    Set<Integer> taken = new HashSet<>();
    entries.forEach(entry -> taken.add(entry.dumpId()));
    Map<Integer, Entry> reasons = new HashMap<>();
    Map<Entry, Entry> open = new LinkedHashMap<>();
    boolean more = true;
    // Dependencies stand before what depends on them, nearly always: the second round finds nothing
    // as a rule.
    while (more) {
      more = false;
      for (Entry entry : entries) {
        for (int id : new LinkedHashSet<>(entry.dependencies())) {
          Entry need = archive.toc().find(id).orElse(null);
          if (open.containsKey(entry) || need == null || LEFT_OUT.contains(need.desc())) {
            continue;
          }
          if (!taken.contains(id) || reasons.containsKey(id)) {
            Entry reason = reasons.getOrDefault(id, need);
            reasons.put(entry.dumpId(), reason);
            open.put(entry, reason);
            more = true;
          }
        }
      }
    }
    return open;
  }
}
