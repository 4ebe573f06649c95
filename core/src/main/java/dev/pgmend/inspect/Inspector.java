package dev.pgmend.inspect;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.ArchiveException;
import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Looks into one archive. What takes time is done once, when it is constructed, and is linear in the number of entries. Not
/// thread-safe.
public final class Inspector {
  private static final Comparator<Entry> BY_NAME =
      Comparator.comparing(Entry::namespace).thenComparing(Entry::tag);

  private final Archive archive;
  private final Ownership ownership;
  private final Tables tables;
  private final Items items;
  private @Nullable ClosureBuilder closures;

  public Inspector(Archive archive) {
    this.archive = archive;
    this.ownership = new Ownership(archive.toc());
    this.tables = new Tables(archive.toc(), ownership);
    this.items = new Items(ownership);
  }

  /// {@return what the archive is and all its tables}
  public Overview overview() {
    Optional<List<TableSummary>> complete = summaries(false);
    return new Overview(
        archive.name(),
        archive.header(),
        archive.wrapping(),
        damage(),
        archive.toc().encodingName(),
        kinds(),
        largeObjects(),
        complete.or(() -> summaries(true)).orElseThrow(),
        complete.isPresent());
  }

  /// {@return a table with all that a restore of it concerns}
  /// @throws IllegalArgumentException if the archive has no such table
  public TableDetail detail(QualifiedName name) {
    Entry table =
        ownership
            .relation(name)
            .filter(entry -> entry.desc().equals("TABLE"))
            .orElseThrow(() -> new IllegalArgumentException("no table " + name));
    if (closures == null) {
      closures = new ClosureBuilder(archive.toc(), ownership);
    }
    Closure closure = closures.of(List.of(name));
    List<Item> belongings = new ArrayList<>();
    for (Entry part : closure.tables()) {
      tables.definition(part).ifPresent(d -> belongings.addAll(Items.checks(part, d)));
    }
    belongings.addAll(items(closure.belongings(), name));
    belongings.addAll(items(memberships(closure.dependents()), name));
    List<Entry> dependents = new ArrayList<>(closure.dependents());
    dependents.removeIf(Inspector::isMembership);
    return new TableDetail(
        summary(table, closure.tables().size() - 1, whole(closure.dependents())),
        closure.tables().stream().map(Entries::name).filter(part -> !part.equals(name)).toList(),
        sorted(belongings),
        sorted(items(dependents, name)),
        sorted(items(closure.needs(), name)));
  }

  private Optional<List<TableSummary>> summaries(boolean direct) {
    Dependents dependents = new Dependents(archive.toc(), ownership);
    List<TableSummary> summaries = new ArrayList<>();
    for (Entry table : tables.all().stream().sorted(BY_NAME).toList()) {
      Collection<Entry> parts = tables.withParts(table, direct).orElse(List.of());
      List<Entry> found = dependents.of(parts, direct).orElse(null);
      if (parts.isEmpty() || found == null) {
        return Optional.empty();
      }
      summaries.add(summary(table, parts.size() - 1, found));
    }
    return Optional.of(summaries);
  }

  private TableSummary summary(Entry table, int parts, List<Entry> dependents) {
    List<Entry> entries = new ArrayList<>(ownership.belongings(table));
    entries.addAll(memberships(dependents));
    Map<ItemKind, Integer> belongings = count(entries);
    int checks = tables.definition(table).map(d -> Items.checks(table, d).size()).orElse(0);
    if (checks > 0) {
      belongings.merge(ItemKind.CHECK, checks, Integer::sum);
    }
    Entry data =
        entries.stream().filter(e -> e.desc().equals("TABLE DATA")).findFirst().orElse(null);
    Stored stored = stored(data);
    return new TableSummary(
        Entries.name(table),
        table.owner(),
        stored.bytes(),
        data != null,
        stored.problem(),
        tables.definition(table).map(d -> d.partitionBy() != null).orElse(false),
        tables.partitionOf(table),
        tables.definition(table).map(d -> d.inherits()).orElse(List.of()),
        parts,
        entries.stream().anyMatch(e -> e.desc().equals("ROW SECURITY")),
        belongings,
        count(dependents.stream().filter(entry -> !isMembership(entry)).toList()));
  }

  private @Nullable String damage() {
    try {
      archive.checkWhole();
      return null;
    } catch (ArchiveException e) {
      return e.getMessage();
    }
  }

  private record Stored(long bytes, @Nullable String problem) {}

  private Stored stored(@Nullable Entry data) {
    if (data == null) {
      return new Stored(0, null);
    }
    String inserts =
        data.copyStmt() == null || data.copyStmt().isBlank()
            ? "its data is INSERT statements without column names, and the order of its columns is not known"
            : null;
    try {
      return new Stored(archive.storedSize(data), inserts);
    } catch (ArchiveException e) {
      return new Stored(-1, e.getMessage());
    }
  }

  /// To the archive a publication's membership is a dependent; to people it is a property of the table.
  private static List<Entry> memberships(List<Entry> dependents) {
    return dependents.stream().filter(Inspector::isMembership).toList();
  }

  private static boolean isMembership(Entry entry) {
    return entry.desc().equals("PUBLICATION TABLE");
  }

  /// {@return the entries without what belongs to another one of them}
  private List<Entry> whole(List<Entry> entries) {
    Set<Integer> ids = new HashSet<>();
    entries.forEach(entry -> ids.add(entry.dumpId()));
    return entries.stream()
        .filter(entry -> !ClosureBuilder.isLeaf(entry))
        .filter(entry -> ownership.owner(entry).filter(o -> ids.contains(o.dumpId())).isEmpty())
        .toList();
  }

  private Map<ItemKind, Integer> count(List<Entry> entries) {
    Map<ItemKind, Integer> counts = new EnumMap<>(ItemKind.class);
    for (Entry entry : entries) {
      ItemKind kind = items.kind(entry);
      int number = kind == ItemKind.GRANT ? items.of(entry).size() : 1;
      if (kind.counted() && number > 0) {
        counts.merge(kind, number, Integer::sum);
      }
    }
    return counts;
  }

  private List<Item> items(List<Entry> entries, QualifiedName table) {
    return entries.stream()
        .flatMap(entry -> items.of(entry).stream())
        .map(item -> item.about(table))
        .toList();
  }

  private static List<Item> sorted(List<Item> items) {
    return items.stream()
        .sorted(
            Comparator.comparing(Item::kind)
                .thenComparing(Item::schema)
                .thenComparing(item -> item.on() == null ? "" : item.on().sql())
                .thenComparing(Item::name))
        .toList();
  }

  private SortedMap<String, Integer> kinds() {
    SortedMap<String, Integer> kinds = new TreeMap<>();
    archive.toc().entries().forEach(entry -> kinds.merge(entry.desc(), 1, Integer::sum));
    return kinds;
  }

  /// Since PostgreSQL 17 one entry stands for many large objects, a line for each.
  private int largeObjects() {
    long number = 0;
    for (Entry entry : archive.toc().entries()) {
      number +=
          switch (entry.desc()) {
            case "BLOB" -> 1;
            case "BLOB METADATA" -> entry.defn().lines().filter(line -> !line.isBlank()).count();
            default -> 0;
          };
    }
    return (int) Math.min(Integer.MAX_VALUE, number);
  }
}
