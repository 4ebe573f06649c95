package dev.pgmend.cli;

import dev.pgmend.archive.ArchiveHeader;
import dev.pgmend.archive.Format;
import dev.pgmend.inspect.Item;
import dev.pgmend.inspect.ItemKind;
import dev.pgmend.inspect.Overview;
import dev.pgmend.inspect.TableDetail;
import dev.pgmend.inspect.TableSummary;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Writes what an archive holds for machines; docs/json.md.
final class InspectJson {
  private final Json json;

  private InspectJson(Json json) {
    this.json = json;
  }

  static void overview(Writer out, Overview overview) {
    Json.write(
        out,
        json -> {
          InspectJson inspect = new InspectJson(json);
          inspect.archive(overview);
          json.objects("tables", overview.tables(), inspect::table);
        });
  }

  static void databases(Writer out, List<Overview> databases) {
    Json.write(
        out,
        json -> {
          InspectJson inspect = new InspectJson(json);
          json.text("file", databases.getFirst().name())
              .objects(
                  "databases",
                  databases,
                  overview -> {
                    inspect.archive(overview);
                    json.objects("tables", overview.tables(), inspect::table);
                  });
        });
  }

  static void details(Writer out, Overview overview, List<TableDetail> details) {
    Json.write(
        out,
        json -> {
          InspectJson inspect = new InspectJson(json);
          inspect.archive(overview);
          json.objects("tables", details, inspect::detail);
        });
  }

  private void archive(Overview overview) {
    ArchiveHeader header = overview.header();
    json.text("file", overview.name())
        .text("format", header.format().name().toLowerCase(Locale.ROOT))
        .text("wrapping", String.join(" ", overview.wrapping()))
        .flag("whole", overview.damage() == null)
        .text(
            "archiveVersion",
            header.format() == Format.PLAIN || header.format() == Format.LIVE
                ? null
                : "1." + header.minorVersion())
        .text("compression", header.compression().name().toLowerCase(Locale.ROOT))
        .text("created", header.created() == null ? null : header.created().toString())
        .text("database", header.databaseName())
        .text("serverVersion", header.serverVersion())
        .text("dumpVersion", header.dumpVersion())
        .text("encoding", overview.encoding())
        .number("entries", overview.entries())
        .objects(
            "entryKinds",
            overview.kinds().entrySet(),
            kind -> json.text("desc", kind.getKey()).number("count", kind.getValue()))
        .number("largeObjects", overview.largeObjects())
        .number("storedBytes", overview.storedBytes())
        .flag("dependentsComplete", overview.complete());
  }

  private void table(TableSummary table) {
    json.name(table.name()).text("owner", table.owner()).flag("hasData", table.hasData());
    if (table.storedBytes() < 0) {
      json.nothing("storedBytes");
    } else {
      json.number("storedBytes", table.storedBytes());
    }
    json.text("problem", table.problem())
        .flag("partitioned", table.partitioned())
        .name("partitionOf", table.partitionOf())
        .objects("inherits", table.inherits(), json::name)
        .number("partitions", table.partitions())
        .flag("rowSecurity", table.rowSecurity());
    counts("belongings", table.belongings());
    counts("dependents", table.dependents());
  }

  private void detail(TableDetail detail) {
    table(detail.summary());
    json.object(
        "details",
        _ -> {
          json.objects("parts", detail.parts(), json::name);
          json.objects("belongings", detail.belongings(), this::item);
          json.objects("dependents", detail.dependents(), this::item);
          json.objects("needs", detail.needs(), this::item);
        });
  }

  private void counts(String key, Map<ItemKind, Integer> counts) {
    json.objects(
        key,
        counts.entrySet(),
        count -> json.text("kind", count.getKey().words()).number("count", count.getValue()));
  }

  private void item(Item item) {
    json.text("kind", item.kind().words())
        .text("schema", item.schema())
        .text("name", item.name())
        .name("on", item.on())
        .number("entry", item.entry());
  }
}
