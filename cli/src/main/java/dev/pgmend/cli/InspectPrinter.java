package dev.pgmend.cli;

import dev.pgmend.archive.ArchiveHeader;
import dev.pgmend.codec.Compression;
import dev.pgmend.inspect.Item;
import dev.pgmend.inspect.ItemKind;
import dev.pgmend.inspect.Overview;
import dev.pgmend.inspect.TableDetail;
import dev.pgmend.inspect.TableSummary;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Prints for people what an archive holds.
final class InspectPrinter {
  private final PrintWriter out;

  InspectPrinter(PrintWriter out) {
    this.out = out;
  }

  void databases(List<Overview> databases) {
    out.printf(
        "%s: plain SQL script of %d databases%n",
        Printable.of(databases.getFirst().name()), databases.size());
    for (Overview database : databases) {
      out.println();
      archive(database);
      tables(database);
    }
  }

  void archive(Overview overview) {
    ArchiveHeader header = overview.header();
    out.printf(
        "%s: %s%s%n",
        Printable.of(overview.name()),
        overview.wrapping().stream()
            .map(packed -> packed + ", holding ")
            .collect(Collectors.joining()),
        format(header));
    if (overview.damage() != null) {
      out.printf("NOT WHOLE: %s%n", Printable.of(overview.damage()));
    }
    out.printf(
        "%s, dumped %s, %s%n",
        header.databaseName().isEmpty()
            ? "database not named"
            : "database " + Printable.of(header.databaseName()),
        header.created() == null
            ? "at an unknown time"
            : header.created().toString().replace('T', ' ') + " (its host's clock)",
        overview.encoding());
    version("server  ", header.serverVersion());
    version("pg_dump ", header.dumpVersion());
    out.printf(
        "%d entries, %d tables with %s of stored data, %s%n",
        overview.entries(),
        overview.tables().size(),
        ByteCount.of(overview.storedBytes()),
        overview.largeObjects() == 0
            ? "no large objects"
            : "%d large objects".formatted(overview.largeObjects()));
  }

  private static String format(ArchiveHeader header) {
    return switch (header.format()) {
      case PLAIN -> "plain SQL script";
      case LIVE -> "live database";
      default ->
          "pg_dump archive, %s format, version 1.%d, %s"
              .formatted(
                  header.format().name().toLowerCase(Locale.ROOT),
                  header.minorVersion(),
                  header.compression() == Compression.NONE
                      ? "not compressed"
                      : header.compression().name().toLowerCase(Locale.ROOT));
    };
  }

  private void version(String what, String version) {
    out.printf("%s %s%n", what, version.isEmpty() ? "unknown" : Printable.of(version));
  }

  void tables(Overview overview) {
    if (overview.tables().isEmpty()) {
      int data = overview.kinds().getOrDefault("TABLE DATA", 0);
      out.println(
          data == 0
              ? "no tables"
              : "no definitions of tables, only rows of %d: pgmend needs a backup with both"
                  .formatted(data));
    }
    overview.tables().forEach(this::table);
    if (!overview.complete()) {
      out.println("dependents are counted one step deep: this archive has too many of them");
    }
  }

  private void table(TableSummary table) {
    head(table);
    line("brings along", table.belongings());
    line("dependents", table.dependents());
  }

  private void head(TableSummary table) {
    out.printf(
        "%n%s  %s%s%n",
        Names.of(table.name()),
        size(table),
        place(table).stream().map(text -> ", " + text).collect(Collectors.joining()));
    if (table.problem() != null) {
      out.printf("  PROBLEM: %s%n", Printable.of(table.problem()));
    }
  }

  void detail(TableDetail detail) {
    head(detail.summary());
    if (!detail.parts().isEmpty()) {
      out.printf("%n  comes with:%n");
      detail.parts().forEach(part -> out.printf("    table %s%n", Names.of(part)));
    }
    items("brings along", detail.belongings());
    items("what DROP ... CASCADE would take along", detail.dependents());
    items("needs", detail.needs());
  }

  private void items(String title, List<Item> items) {
    if (items.isEmpty()) {
      return;
    }
    out.printf("%n  %s:%n", title);
    for (Item item : items) {
      out.printf("    %s %s%s%n", item.kind().words(), name(item), on(item));
    }
  }

  private static String on(Item item) {
    boolean said = item.kind() == ItemKind.GRANT || item.kind() == ItemKind.COMMENT;
    return item.on() == null || said ? "" : " of " + Names.of(item.on());
  }

  private static String name(Item item) {
    return switch (item.kind()) {
      case GRANT -> Printable.of(item.name().replaceFirst("^GRANT ", ""));
      case COMMENT, SECURITY_LABEL -> "on " + Printable.of(item.name());
      case FUNCTION, PROCEDURE, AGGREGATE ->
          Names.of(item.schema()) + "." + Printable.of(item.name());
      case VIEW, MATERIALIZED_VIEW, TABLE, FOREIGN_TABLE, TYPE, DOMAIN ->
          Names.of(new dev.pgmend.sql.QualifiedName(item.schema(), item.name()));
      case OTHER, DATA, REFRESH, ATTACHMENT, ROW_SECURITY -> Printable.of(item.name());
      default -> Names.of(item.name());
    };
  }

  private static String size(TableSummary table) {
    if (!table.hasData()) {
      return table.partitioned() ? "partitioned" : "no data in the archive";
    }
    return table.storedBytes() < 0 ? "size unknown" : ByteCount.of(table.storedBytes());
  }

  private static List<String> place(TableSummary table) {
    List<String> place = new ArrayList<>();
    if (table.partitionOf() != null) {
      place.add("partition of " + Names.of(table.partitionOf()));
    }
    if (!table.inherits().isEmpty()) {
      place.add(
          "inherits from "
              + table.inherits().stream().map(Names::of).collect(Collectors.joining(" and ")));
    }
    if (table.partitions() > 0) {
      place.add(
          "%d %s".formatted(table.partitions(), table.partitioned() ? "partitions" : "children"));
    }
    if (table.rowSecurity()) {
      place.add("row security");
    }
    return place;
  }

  private void line(String title, Map<ItemKind, Integer> counts) {
    if (!counts.isEmpty()) {
      out.printf(
          "  %s: %s%n",
          title,
          counts.entrySet().stream()
              .map(count -> count.getKey().count(count.getValue()))
              .collect(Collectors.joining(", ")));
    }
  }
}
