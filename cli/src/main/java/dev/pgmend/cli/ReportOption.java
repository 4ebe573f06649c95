package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.report.HtmlReport;
import dev.pgmend.report.RunReport;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option that has a report written.
final class ReportOption {
  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write what was done to a file, also if it fails: .html for people, .json for machines.")
  private @Nullable Path file;

  boolean given() {
    return file != null;
  }

  /// Finds out before anything is done whether the report can be written.
  void check() {
    if (file == null) {
      return;
    }
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (!name.endsWith(".html") && !name.endsWith(".json")) {
      throw new PgmendException(
          Kind.USAGE, "--report names a file that ends in .html or .json: %s".formatted(file));
    }
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
      throw new PgmendException(
          Kind.USAGE, "--report: files cannot be written to %s".formatted(directory));
    }
  }

  /// Writes the report.
  void write(RunReport report) {
    if (file == null) {
      return;
    }
    String text;
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".json")) {
      StringWriter json = new StringWriter();
      ReportJson.write(json, report);
      text = json.toString();
    } else {
      text = HtmlReport.of(report);
    }
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new PgmendException(
          Kind.USAGE,
          "what was to be done is done, but the report could not be written to %s: %s"
              .formatted(file, e.getMessage()),
          "pgmend status says where the run stands.",
          e);
    }
  }
}
