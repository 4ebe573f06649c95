package dev.pgmend.rows;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.DataMember;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.sql.ColumnDefinition;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.TableDefinition;
import dev.pgmend.sql.TypeParts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the rows of a table are in an archive, those of its partitions and children included, and what its columns are.
final class TableSource {
  private final Toc toc;
  private final Ownership ownership;
  private final QualifiedName name;
  private final Entry table;
  private final List<Entry> tables;
  private final Map<String, Column> columns = new LinkedHashMap<>();
  private final List<String> generated = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final List<QualifiedName> foreign = new ArrayList<>();
  private boolean partitioned;

  /// A column whose values the archive has.
  ///
  /// @param type as the archive writes it, "" where that cannot be told
  record Column(String name, String type, @Nullable String collation) {}

  /// The rows of one table.
  ///
  /// @param fields the columns that its rows have, in their order
  /// @param keys columns each of which alone tells its rows apart
  record Part(Entry table, Entry data, List<String> fields, Set<String> keys) {}

  TableSource(Toc toc, QualifiedName name) {
    this.toc = toc;
    this.ownership = new Ownership(toc);
    this.name = name;
    this.table =
        ownership
            .relation(name)
            .filter(entry -> entry.desc().equals("TABLE"))
            .orElseThrow(() -> new IllegalArgumentException("no table " + name));
    this.tables = withParts();
    for (Entry each : tables) {
      if (each.desc().equals("FOREIGN TABLE")) {
        foreign.add(Entries.name(each));
      } else {
        part(each);
      }
    }
    describe();
    for (Part part : parts) {
      for (String column : columns.keySet()) {
        if (!part.fields.contains(column) && !unnamed(part.data)) {
          throw new PgmendException(
              Kind.SOURCE,
              "the backup's rows of %s have no column \"%s\", which %s has"
                  .formatted(Entries.name(part.table), column, name));
        }
      }
    }
  }

  QualifiedName name() {
    return name;
  }

  Entry table() {
    return table;
  }

  Ownership ownership() {
    return ownership;
  }

  /// {@return the columns whose values the archive has, by name and in the table's order}
  Map<String, Column> columns() {
    return columns;
  }

  /// {@return the columns that the server computes, and whose values no archive has}
  List<String> generated() {
    return generated;
  }

  List<Part> parts() {
    return parts;
  }

  /// {@return partitions and children whose rows are on other servers}
  List<QualifiedName> foreign() {
    return foreign;
  }

  /// {@return whether a value of the column occurs once in all the parts together}
  ///
  /// A key of a partitioned table holds its partition key, so all rows of a value are in one partition, where its own key counts.
  /// Keys of inheritance parents do not reach into children.
  boolean isKeyOfAll(String column) {
    return (tables.size() == 1 || partitioned)
        && foreign.isEmpty()
        && tables.stream().allMatch(each -> UniqueKeys.of(each, ownership).contains(column));
  }

  private List<Entry> withParts() {
    Set<QualifiedName> names = new LinkedHashSet<>(List.of(name));
    ClosureBuilder closures = new ClosureBuilder(toc, ownership);
    List<Entry> found;
    boolean more;
    do {
      found = closures.of(names).tables();
      found.forEach(each -> names.add(Entries.name(each)));
      more = false;
      // The first pg_dump of PostgreSQL 10 did not attach partitions, but created them as such.
      for (Entry each : toc.entries()) {
        if (each.desc().equals("TABLE") && each.defn().contains("PARTITION OF")) {
          QualifiedName parent = definition(each).partitionOf();
          more |= parent != null && names.contains(parent) && names.add(Entries.name(each));
        }
      }
    } while (more);
    return found;
  }

  private void part(Entry each) {
    Entry data =
        ownership.belongings(each).stream()
            .filter(entry -> entry.desc().equals("TABLE DATA"))
            .findFirst()
            .orElse(null);
    if (data != null && !(data.data() instanceof DataMember.None)) {
      List<String> fields = unnamed(data) ? List.of() : EntrySql.copyTarget(data).columns();
      parts.add(new Part(each, data, fields, UniqueKeys.of(each, ownership)));
    } else if (data == null && definition(each).partitionBy() == null) {
      throw new PgmendException(
          Kind.SOURCE,
          "the backup has no rows of %s: it was made with --schema-only, or without this table's data"
              .formatted(Entries.name(each)),
          "Use a backup that has them; pgmend inspect shows what a backup holds.");
    }
  }

  /// Data that no COPY statement goes with: [Archive#copyText] says what is wrong with it.
  private static boolean unnamed(Entry data) {
    return data.copyStmt() == null || data.copyStmt().isBlank();
  }

  private void describe() {
    TableDefinition definition = definition(table);
    partitioned = definition.partitionBy() != null;
    Map<String, ColumnDefinition> defined = new LinkedHashMap<>();
    collect(definition, defined, new HashSet<>());
    Map<String, String> types = new HashMap<>();
    if (definition.ofType() != null) {
      types.putAll(attributes(definition.ofType()));
    }
    defined.values().stream()
        .filter(column -> column.generatedExpression() != null)
        .forEach(column -> generated.add(column.name()));
    List<String> order =
        parts.stream()
            .filter(part -> part.table.dumpId() == table.dumpId())
            .findFirst()
            .map(Part::fields)
            .orElseGet(() -> {
              Set<String> all = new LinkedHashSet<>(types.keySet());
              all.addAll(defined.keySet());
              all.removeAll(generated);
              return List.copyOf(all);
            });
    for (String column : order) {
      ColumnDefinition known = defined.get(column);
      String type = known == null || known.type().isEmpty() ? types.get(column) : known.type();
      columns.put(
          column,
          new Column(column, type == null ? "" : type, known == null ? null : known.collation()));
    }
  }

  /// Collects the columns of a table that it inherits or defines.
  private void collect(
      TableDefinition definition, Map<String, ColumnDefinition> into, Set<QualifiedName> seen) {
    List<QualifiedName> parents = new ArrayList<>(definition.inherits());
    if (definition.partitionOf() != null) {
      parents.add(definition.partitionOf());
    }
    for (QualifiedName parent : parents) {
      Entry entry = ownership.relation(parent).orElse(null);
      if (entry != null && entry.desc().equals("TABLE") && seen.add(parent)) {
        collect(definition(entry), into, seen);
      }
    }
    for (ColumnDefinition column : definition.columns()) {
      if (!column.type().isEmpty() || !into.containsKey(column.name())) {
        into.put(column.name(), column);
      }
    }
  }

  private Map<String, String> attributes(QualifiedName type) {
    return toc.entries().stream()
        .filter(entry -> entry.desc().equals("TYPE") && Entries.name(entry).equals(type))
        .findFirst()
        .map(entry -> TypeParts.attributes(entry.defn()))
        .orElse(Map.of());
  }

  private static TableDefinition definition(Entry each) {
    try {
      String namespace = each.namespace().isEmpty() ? null : each.namespace();
      return TableDefinition.parse(each.defn(), namespace);
    } catch (SqlSyntaxException e) {
      throw new PgmendException(
          Kind.SOURCE,
          "the backup's definition of %s cannot be read: %s"
              .formatted(Entries.name(each), e.getMessage()),
          null,
          e);
    }
  }
}
