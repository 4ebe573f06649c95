package dev.pgmend.cli;

import dev.pgmend.diff.RowDiff;
import java.io.Writer;
import java.util.List;

/// Writes what differs for machines.
final class DiffJson {
  private DiffJson() {}

  static void write(Writer out, List<RowDiff> diffs) {
    Json.write(
        out,
        json ->
            json.flag("same", diffs.stream().allMatch(RowDiff::same))
                .objects("tables", diffs, diff -> table(json, diff)));
  }

  private static void table(Json json, RowDiff diff) {
    json.name(diff.table())
        .flag("gone", diff.gone())
        .texts("key", diff.key())
        .number("backupRows", diff.backupRows())
        .number("missing", diff.missing())
        .number("changed", diff.changed())
        .number("newer", diff.newer())
        .objects(
            "changedColumns",
            diff.changedColumns().entrySet(),
            entry -> json.text("column", entry.getKey()).number("rows", entry.getValue()))
        .texts("notes", diff.notes())
        .objects(
            "samples",
            diff.samples(),
            sample ->
                json.text("kind", sample.kind().toString())
                    .objects(
                        "values",
                        sample.values(),
                        value ->
                            json.text("column", value.column())
                                .text("backup", value.backup())
                                .text("live", value.live())
                                .flag("differs", value.differs())));
  }
}
