package dev.pgmend.cli;

import dev.pgmend.assess.Assessment;
import java.io.Writer;
import java.util.Locale;

/// Writes what is lost for machines.
final class AssessJson {
  private AssessJson() {}

  static void write(Writer out, Assessment assessment, String command) {
    Json.write(
        out,
        json ->
            json.flag("intact", assessment.intact())
                .number("tables", assessment.tables())
                .number("objects", assessment.objects())
                .objects(
                    "losses",
                    assessment.losses(),
                    loss ->
                        json.text("kind", loss.kind().toString().toLowerCase(Locale.ROOT))
                            .text("what", loss.what())
                            .text("detail", loss.detail())
                            .name("restoredWith", loss.table().orElse(null)))
                .objects(
                    "rows",
                    assessment.rows(),
                    diff ->
                        json.name(diff.table())
                            .flag("gone", diff.gone())
                            .number("backupRows", diff.backupRows())
                            .number("lost", Assessment.lost(diff))
                            .number("changed", diff.changed())
                            .number("newer", diff.newer()))
                .texts("unknown", assessment.unknown())
                .text("command", command.isEmpty() ? null : command));
  }
}
